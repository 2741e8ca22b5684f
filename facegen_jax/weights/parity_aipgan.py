"""Parity of AIP-GAN's parts: CBP, scSE and pix2pixHD's discriminator."""

from collections.abc import Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.errors import UserError
from facegen_jax.losses.adversarial import least_squares
from facegen_jax.nn.attention import ScSE
from facegen_jax.nn.bilinear import (
  CompactBilinear,
  l2_normalise,
  signed_sqrt,
  sketch,
)
from facegen_jax.nn.patch_discriminator import MultiScaleDiscriminator, pyramid
from facegen_jax.weights import compact_bilinear, pix2pixhd, scse
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
  filled,
)


def _compact_bilinear(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  dim = config['output_size']
  net = CompactBilinear((config['d1'], config['d2']), dim)
  net = filled(net, nnx.Variable, compact_bilinear.names(), params)
  x, y = jnp.asarray(inputs['x']), jnp.asarray(inputs['y'])
  z, backward = jax.vjp(net.pool, x, y)
  grad_x, grad_y = backward(jnp.asarray(inputs['cotangent']))
  return {
    'sketch_x': sketch(x, net.hashes[0][...], net.signs[0][...], dim),
    'sketch_y': sketch(y, net.hashes[1][...], net.signs[1][...], dim),
    'z': z,
    'z_signed_sqrt_l2': l2_normalise(signed_sqrt(z, 1e-24), 1e-12),
    'grad_x': grad_x,
    'grad_y': grad_y,
  }


def _scse(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  x = channels_last(inputs['x'])
  outputs = {}
  for combine in ('add', 'max'):
    net = ScSE(
      config['channels'],
      ratio=config['reduction'],
      combine=combine,
      rngs=nnx.Rngs(0),
    )
    net = filled(net, nnx.Param, scse.names(), params)
    outputs[combine] = channels_first(net(x))
  outputs['cse'] = channels_first(net.cse(x))
  outputs['sse'] = channels_first(net.sse(x))
  return outputs


def _pix2pixhd(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  scales, n_layers = config['num_D'], config['n_layers']
  if config['norm'] != 'instance':
    raise UserError(f'norm {config["norm"]}: ours is instance norm')
  net = MultiScaleDiscriminator(
    config['input_nc'],
    scales=scales,
    features=config['ndf'],
    n_layers=n_layers,
    rngs=nnx.Rngs(0),
  )
  table = pix2pixhd.names(scales, n_layers, config['getIntermFeat'])
  net = filled(net, nnx.Param, table, params)
  x = channels_last(inputs['x'])
  features, levels = jax.jit(lambda x: (net(x), pyramid(x, scales)))(x)
  logits = [f[-1] for f in features]
  outputs = {
    'lsgan_real': least_squares(logits, 1.0)[None],
    'lsgan_fake': least_squares(logits, 0.0)[None],
  }
  for i, level in enumerate(levels):
    outputs[f'pyramid{i}'] = channels_first(level)
    outputs[f'scale{i}/logits'] = channels_first(logits[i])
    for j, feature in enumerate(features[i]):
      outputs[f'scale{i}/feat{j}'] = channels_first(feature)
  return outputs


def _compact_bilinear_tolerance(name: str) -> Tolerance:
  # The exact signed root has an infinite slope at zero.
  if name == 'z_signed_sqrt_l2':
    return Tolerance(1e-3)
  return Tolerance(1e-4, 1e-4)


# By the `op` of a file's config.
CASES = {
  'compact_bilinear_pooling': Case(
    _compact_bilinear, _compact_bilinear_tolerance
  ),
  'scse': Case(_scse, lambda _: Tolerance(1e-5)),
  'pix2pixhd_multiscale_d': Case(_pix2pixhd, lambda _: Tolerance(5e-5)),
}
