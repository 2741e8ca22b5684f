"""Parity of ImaGINator's generator and its two discriminators."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from facegen_jax.systems.imaginator.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
)
from facegen_jax.weights import imaginator
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_vgan import (
  clips_first,
  clips_last,
  generated,
  opened,
)

_LEVELS = 4


def _widths(config: Mapping[str, Any]) -> tuple[int, ...]:
  return tuple(config['ch'] * 2**i for i in range(_LEVELS))


def _label(inputs: Arrays) -> jnp.ndarray:
  return jnp.asarray(inputs['c'].argmax(1))


def _at(tree: Any, path: tuple) -> np.ndarray:
  for step in path:
    tree = tree[step]
  return tree


def _generator(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  table = imaginator.generator(_LEVELS)
  apply, variables = opened(
    lambda rngs: Generator(
      _widths(config),
      tuple(config['dec_mid']),
      appearance=config['c_a'],
      noise=config['c_z'],
      rngs=rngs,
    ),
    table,
    params,
  )
  x = channels_last(inputs['x']), jnp.asarray(inputs['z']), _label(inputs)
  made, _ = apply(variables, *x)
  trained, stats = apply(variables, *x, train=True)
  outputs = {
    'eval/video': clips_first(made.video),
    'eval/enc_f4': channels_first(made.maps[-1]),
    'eval/enc_bottleneck': made.code[:, :, None, None],
    'train/video_t8': clips_first(trained.video[:, ::8]),
  }
  running = {k: t for k, t in table.items() if 'running' in k}
  return outputs | {
    f'train/after/{k}': _at(stats, t.path) for k, t in running.items()
  }


def _discriminator(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  video = config['op'] == 'imaginator_video_discriminator'
  net = VideoDiscriminator if video else ImageDiscriminator
  apply, variables = opened(
    lambda rngs: net(_widths(config), rngs=rngs),
    imaginator.discriminator(params, _LEVELS, video=video),
    params,
  )
  if video:
    x = clips_last(inputs['x']), _label(inputs)
  else:
    x = (channels_last(inputs['x']),)
  logits, stats = apply(variables, *x, train=True)
  outputs = {'eval/logits': apply(variables, *x)[0], 'train/logits': logits}
  for name, path in imaginator.places(_LEVELS, video=video).items():
    found = _at(stats, path)
    outputs[f'train/after/{name}.weight_u'] = found['u']
    outputs[f'train/after/{name}.weight_v'] = imaginator.stored_v(found['v'])
  return outputs


# By the `op` of a file's config.
CASES = {
  'imaginator_generator': Case(_generator, generated),
  'imaginator_video_discriminator': Case(
    _discriminator, lambda _: Tolerance(5e-5)
  ),
  'imaginator_image_discriminator': Case(
    _discriminator, lambda _: Tolerance(5e-5)
  ),
}
