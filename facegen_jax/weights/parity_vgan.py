"""Parity of VGAN's conditional generator and its discriminator."""

from collections.abc import Callable, Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.systems.vgan.networks import Discriminator, Generator
from facegen_jax.weights import vgan
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
  filled,
)


def opened(
  make: Callable, table: Table, params: Arrays
) -> tuple[Callable, Variables]:
  """The pure `apply` of a network and its variables from `params`."""
  shape = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  net = filled(shape, nnx.Variable, table, params)
  _, trained, running = nnx.split(net, nnx.Param, ...)
  variables = Variables(*map(nnx.to_pure_dict, (trained, running)))
  return jax.jit(pure(make)[1], static_argnames='train'), variables


def clips_last(x: Any) -> jax.Array:
  """From b c t h w to b t h w c."""
  return jnp.asarray(x).transpose(0, 2, 3, 4, 1)


def clips_first(x: jax.Array) -> jax.Array:
  """From b t h w c to b c t h w."""
  return x.transpose(0, 4, 1, 2, 3)


def _generator(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  widths = {k: tuple(config[k]) for k in ('encoder', 'video', 'background')}
  apply, variables = opened(
    lambda rngs: Generator(
      'picture', **widths, encoder_epsilon=config['bn_eps'], rngs=rngs
    ),
    vgan.conditional_generator(**{k: len(v) for k, v in widths.items()}),
    params,
  )
  x = channels_last(inputs['x'][:, :, 0])
  made, _ = apply(variables, x)
  trained, _ = apply(variables, x, train=True)
  return {
    'eval/video': clips_first(made.video),
    'eval/encoded': channels_first(made.code),
    'eval/foreground_t8': clips_first(made.foreground[:, ::8]),
    'eval/mask_t8': clips_first(made.mask[:, ::8]),
    'eval/background': channels_first(made.background),
    'train/video_t8': clips_first(trained.video[:, ::8]),
  }


def _discriminator(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  channels = tuple(config['channels'])
  apply, variables = opened(
    lambda rngs: Discriminator(channels, rngs=rngs),
    vgan.discriminator(len(channels)),
    params,
  )
  x = clips_last(inputs['x'])
  return {
    f'{mode}/logits': apply(variables, x, train=mode == 'train')[0]
    for mode in ('eval', 'train')
  }


def generated(name: str) -> Tolerance:
  """Of clips: batch norm by the batch's statistics amplifies rounding."""
  return Tolerance(5e-4 if name.startswith('train/video') else 1e-4)


# By the `op` of a file's config.
CASES = {
  'vgan_conditional_generator': Case(_generator, generated),
  'vgan_discriminator': Case(_discriminator, lambda _: Tolerance(5e-5)),
}
