"""Parity of the first order motion model's blocks and deformations."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from facegen_jax.nn import thin_plate
from facegen_jax.nn.antialias import downscale, factor_of
from facegen_jax.nn.coordinates import gaussian, grid
from facegen_jax.nn.hourglass import Hourglass
from facegen_jax.systems.facial_prior import equivariance
from facegen_jax.weights.hourglass import hourglass, learned
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_vgan import opened


def _grids(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params, inputs
  sizes = config['spatial_sizes']
  return {f'grid_{h}x{w}': grid(h, w) for h, w in sizes}


def _gaussian(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params
  points = jnp.asarray(inputs['value'])
  maps = gaussian(points, *config['spatial_size'], config['kp_variance'])
  return {'out': channels_first(maps)}


def _antialias(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params
  x = channels_last(inputs['x'])
  return {'out': channels_first(downscale(x, factor_of(config['scale'])))}


def _hourglass(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  names = ('in_features', 'block_expansion', 'num_blocks', 'max_features')
  sizes = [config[name] for name in names]
  apply, variables = opened(
    lambda rngs: Hourglass(*sizes, rngs=rngs),
    hourglass('', (), config['num_blocks']),
    learned(params),
  )
  return {
    'out': channels_first(apply(variables, channels_last(inputs['x']))[0])
  }


def plate(inputs: Arrays, start: str = '') -> thin_plate.ThinPlate:
  """The deformation of a file: `theta` and, for a plate, `control_params`."""
  coefficients = jnp.asarray(inputs[f'{start}control_params'])
  return thin_plate.ThinPlate(
    jnp.asarray(inputs[f'{start}theta']),
    coefficients[:, 0] if coefficients.ndim == 3 else None,
  )


def _transform(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params
  drawn, frame = plate(inputs), channels_last(inputs['frame'])
  points = jnp.asarray(inputs['coordinates'])
  align = config['grid_sample_align_corners']
  return {
    'transformed_frame': channels_first(
      thin_plate.warp_frame(drawn, frame, align_corners=align)
    ),
    'outalt/transformed_frame': channels_first(
      thin_plate.warp_frame(drawn, frame, align_corners=not align)
    ),
    'warped': thin_plate.warp_points(drawn, points),
    'jacobian': thin_plate.jacobian(drawn, points),
    'equivariance_value': equivariance.value(
      jnp.asarray(inputs['kp_driving_value']), points, drawn
    ),
    'equivariance_jacobian': equivariance.jacobian(
      jnp.asarray(inputs['kp_driving_jacobian']),
      jnp.asarray(inputs['jac_transformed']),
      points,
      drawn,
    ),
  }


def _block(name: str) -> Tolerance:
  del name
  return Tolerance(2e-5, 1e-5)


# By the start of a file's name.
CASES = {
  'fomm_util_make_coordinate_grid': Case(_grids, _block),
  'fomm_util_kp2gaussian': Case(_gaussian, _block),
  'fomm_util_antialias': Case(_antialias, _block),
  'fomm_util_hourglass': Case(_hourglass, _block),
  'fomm_transform': Case(_transform, _block),
}
