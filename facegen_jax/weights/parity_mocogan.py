"""Parity of MoCoGAN's generator and discriminators."""

from collections.abc import Callable, Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.systems.mocogan.networks import (
  Generator,
  ImageDiscriminator,
  VideoDiscriminator,
)
from facegen_jax.weights import mocogan
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_last,
  filled,
)


def _both(make: Callable, table: Table, params: Arrays) -> dict[str, Any]:
  """The network twice: as it evaluates and as it trains."""
  abstract = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  net = filled(abstract, nnx.Variable, table, params)
  return {
    mode: nnx.view(
      net, use_running_average=mode == 'eval', raise_if_not_found=False
    )
    for mode in ('eval', 'train')
  }


def _jitted(net: nnx.Module, *inputs: Any) -> Any:
  """The output; running statistics that move are dropped."""
  graph, state = nnx.split(net)
  return jax.jit(lambda state, *x: nnx.merge(graph, state)(*x))(state, *inputs)


def _generator(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  kernels = [name for name in params if np.ndim(params[name]) == 4]
  widths = config['ngf'] * 2 ** np.arange(len(kernels) - 1)
  nets = _both(
    lambda rngs: Generator(
      content=config['dim_z_content'],
      categories=config['dim_z_category'],
      motion=config['dim_z_motion'],
      channels=tuple(widths.tolist()),
      rngs=rngs,
    ),
    mocogan.generator(len(kernels)),
    params,
  )
  start = jnp.asarray(inputs['h0'])
  noise = jnp.asarray(inputs['noise'].swapaxes(0, 1))
  codes = (inputs['content'], inputs['category'], start, noise)
  outputs = {'z_motion': nets['eval'].motion(start, noise)}
  for mode, net in nets.items():
    video = _jitted(net, *codes)
    outputs[f'{mode}/video'] = video.transpose(0, 4, 1, 2, 3)
  return outputs


def _image(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  nets = _both(
    lambda rngs: ImageDiscriminator(channels=_widths(config, 4), rngs=rngs),
    mocogan.image_discriminator(4),
    params,
  )
  x = channels_last(inputs['x'])
  return {f'{mode}/a': _jitted(net, x) for mode, net in nets.items()}


def _video(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  x = jnp.asarray(inputs['x'].transpose(0, 2, 3, 4, 1))
  nets = _both(
    lambda rngs: VideoDiscriminator(
      frames=x.shape[1],
      categories=config['dim_categorical'],
      channels=_widths(config, 4),
      rngs=rngs,
    ),
    mocogan.video_discriminator(5),
    params,
  )
  outputs = {}
  for mode, net in nets.items():
    real, category = _jitted(net, x)
    outputs |= {f'{mode}/a': real[:, None], f'{mode}/categ': category}
  return outputs


def _widths(config: Mapping[str, Any], levels: int) -> tuple[int, ...]:
  return tuple(config['ndf'] * 2**i for i in range(levels))


def _generated(name: str) -> Tolerance:
  return Tolerance(5e-4 if name.startswith('train') else 1e-4)


# By the `op` of a file's config.
CASES = {
  'mocogan_video_generator': Case(_generator, _generated),
  'mocogan_patch_image': Case(_image, lambda _: Tolerance(5e-5)),
  'mocogan_categorical_video': Case(_video, lambda _: Tolerance(5e-5)),
}
