"""Parity of the distance of pictures in a narrow VGG-19."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import factor_of
from facegen_jax.nn.vgg import VGG, layer_names
from facegen_jax.systems.facial_prior import perceptual
from facegen_jax.weights.mapping import conv2d, layer, translate
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import Config
from facegen_jax.weights.vggface import torchvision_names

_WIDTH = 64  # VGG-19's
_REACHED = layer_names(19)[:13]  # to 5_1, the last that is looked at


def _stored_vgg(params: Arrays, like: dict) -> dict:
  """VGG-19 to 5_1; a file names its arrays `sliceK.N`, N torchvision's."""
  state = {
    f'features.{name.partition(".")[2]}': value
    for name, value in params.items()
    if name not in ('mean', 'std')
  }
  theirs, table = torchvision_names(19), {}
  for name in _REACHED:
    table |= layer(theirs[f'conv{name}'], (f'conv{name}',), conv2d)
  reached = {f'conv{name}': like[f'conv{name}'] for name in _REACHED}
  values = translate(state, table, reached, place='this file')
  rest = {k: v for k, v in like.items() if k not in reached}
  beyond = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), rest)
  return beyond | jax.tree.map(jnp.asarray, values)


def seen(params: Arrays, divisor: int) -> perceptual.Seen:
  """The taps of a file's narrow VGG-19."""

  def make(rngs: nnx.Rngs) -> VGG:
    mean, std = (tuple(255 * params[k].ravel()) for k in ('mean', 'std'))
    return VGG(
      depth=19,
      width=_WIDTH // divisor,
      classes=None,
      input_size=None,
      mean=mean,
      scale=std,
      rngs=rngs,
    )

  like = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  shapes = nnx.to_pure_dict(nnx.state(like, nnx.Param))
  variables, apply = Variables(_stored_vgg(params, shapes)), pure(make)[1]
  return perceptual.seen_by(lambda x: apply(variables, x, method='features')[0])


def _perceptual(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  look = jax.jit(seen(params, config['width_divisor']))
  factors = [factor_of(scale) for scale in config['scales']]
  x, y = (
    perceptual.pyramid(channels_last(inputs[k]), factors) for k in ('x', 'y')
  )
  rows = perceptual.parts(look, x, y)
  total = perceptual.distance(look, x, y, config['weights'])
  found = {'per_scale_layer': jnp.asarray(rows), 'perceptual_total': total}
  for scale, picture in zip(config['scales'], x, strict=True):
    found[f'pyramid_x/prediction_{scale}'] = channels_first(picture)
  for i, tap in enumerate(look(x[0][:1])):
    found[f'features_x/{i}'] = channels_first(tap)
  return found


# By the start of a file's name.
CASES = {'vgg_perceptual': Case(_perceptual, lambda _: Tolerance(2e-5, 1e-5))}
