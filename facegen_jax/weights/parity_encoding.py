"""Parity of encoding by features: its loss, gradient, and four updates."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.systems.au_transfer.encoding import How, distances, encode
from facegen_jax.systems.au_transfer.preprocessing import resized
from facegen_jax.weights.parity_case import Arrays, Case, Tolerance, under
from facegen_jax.weights.parity_stylegan import Config, generator
from facegen_jax.weights.parity_vgg import filled_vgg


def _encoding(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  net, state = nnx.split(generator(under(params, 'generator/')))
  vgg = filled_vgg({'model': 'vgg16'}, under(params, 'feature_net/'))
  looking, looked = nnx.split(vgg)
  side = config['resize'][0]

  def run(state: nnx.State, looked: nnx.State) -> dict[str, Any]:
    def render(codes: jax.Array) -> jax.Array:
      return nnx.merge(net, state).synthesise(codes)

    def feature(pictures: jax.Array) -> jax.Array:
      x = resized(pictures, side, 'bilinear')
      return nnx.merge(looking, looked).features(x)['logits']

    return _found(config, render, feature, inputs)

  return jax.jit(run)(state, looked)


def _found(
  config: Config, render: Any, feature: Any, inputs: Arrays
) -> dict[str, Any]:
  start = jnp.asarray(inputs['wplus'])
  target = to_unit(inputs['target_uint8_nhwc'])

  def loss(codes: jax.Array) -> jax.Array:
    return distances(feature, render(codes), target).sum()

  value, gradient = jax.value_and_grad(loss)(start)
  found = {
    'feat_target': feature(target),
    'feat_initial': feature(render(start)),
    'loss_initial': value[None],
    'grad_wplus': gradient,
  }
  for name, optimizer in (('gd', 'sgd'), ('adam', 'adam')):
    how = How(config['steps'], config[f'lr_{name}'], optimizer, stop=False)
    got = encode(render, feature, target, start, how)
    found[f'{name}_trace'] = got.trace[0]
    found[f'{name}_final_wplus'] = got.codes
  return found


def _tolerance(name: str) -> Tolerance:
  if name.startswith('feat_'):
    return Tolerance(0, 1e-3, 1e-4)
  return Tolerance(1e-4, 1e-3)


# By the `model` of a file's config.
CASES = {
  'w_plus_encoding_with_vgg16_fc_l1': Case(
    _encoding, _tolerance, siblings=('generator', 'feature_net')
  )
}
