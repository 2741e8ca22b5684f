"""Parity of torchvision's VGG-16 and VGG-19."""

from collections.abc import Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.errors import UserError
from facegen_jax.nn.vgg import VGG
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.recipe import from_recipe
from facegen_jax.weights.vgg import from_state


def filled_vgg(config: Mapping[str, Any], params: Arrays) -> VGG:
  """The VGG that arrays of torchvision's names are of."""
  sizes, values = from_state(params, place='this file')
  if config['model'] != f'vgg{sizes["depth"]}':
    raise UserError(f'this file holds a vgg{sizes["depth"]}')
  if 'mean' in config:
    sizes['mean'] = tuple(255 * m for m in config['mean'])
    sizes['scale'] = tuple(255 * s for s in config['std'])
  graph, state = nnx.split(
    nnx.eval_shape(lambda: VGG(**sizes, rngs=nnx.Rngs(0)))
  )
  nnx.replace_by_pure_dict(state, jax.tree.map(jnp.asarray, values))
  return nnx.merge(graph, state)


def _named(taps: Mapping[str, jax.Array]) -> dict[str, Any]:
  outputs = {
    f'feat/{name}': channels_first(value)
    for name, value in taps.items()
    if value.ndim == 4
  }
  outputs['feat_stride16c'] = outputs['feat/pool5'][:, ::16]
  return outputs | {
    'avgpool': channels_first(taps['avgpool']),
    'fc6_relu': taps['fc6'],
    'fc7_relu': taps['fc7'],
    'logits': taps['logits'],
  }


def _vgg(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  if 'recipe' in config:
    params, inputs = from_recipe(config)
  graph, state = nnx.split(filled_vgg(config, params))

  @jax.jit
  def run(state: nnx.State, x: jax.Array) -> dict[str, jax.Array]:
    net = nnx.merge(graph, state)
    taps = net.convolve(x)
    return taps | net.classify(taps)

  net = nnx.merge(graph, state)
  outputs = {}
  for name, array in inputs.items():
    place, _, what = name.partition('/')
    if what == 'image_uint8_nhwc':
      x = net.prepare(jnp.asarray(array, jnp.float32) / 127.5 - 1)
    else:  # a recipe's inputs are prepared ones
      x = channels_last(array)
    found = _named(run(state, x))
    outputs |= {f'{place}/{key}': value for key, value in found.items()}
  return outputs


# By the `model` of a file's config; `_recipe` files are of full width.
_MODELS = ('vgg16', 'vgg19')
CASES = {name: Case(_vgg, lambda _: Tolerance(5e-5, 1e-4)) for name in _MODELS}
CASES |= {
  f'{name}_recipe': Case(_vgg, lambda _: Tolerance(0, 1e-3, 1e-4))
  for name in _MODELS
}
