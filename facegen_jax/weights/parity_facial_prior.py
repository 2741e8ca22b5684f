"""Parity of the facial prior: its points, maps, and networks by them."""

from collections.abc import Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.systems.facial_prior import prior, prior_maps
from facegen_jax.systems.facial_prior.prior_channel import Fusion
from facegen_jax.systems.facial_prior.prior_keypoints import (
  PriorKeypointDetector,
)
from facegen_jax.systems.facial_prior.prior_regions import PriorRegionPredictor
from facegen_jax.weights import facial_prior
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.mapping import conv2d, layer
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import Opened, hourglass_sizes
from facegen_jax.weights.parity_fomm import named as named_points
from facegen_jax.weights.parity_mraa import decomposed, named
from facegen_jax.weights.parity_vgan import opened

Config = Mapping[str, Any]
_SIDE, _MAP = (256, 256), (64, 64)  # of the published pictures and maps


def _points(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del params
  faces = jnp.asarray(inputs['landmarks'])
  side = config['image_size']
  return {
    'keypoints': prior.key_points(faces),
    'keypoints_no_face': prior.of_faces(faces[:0], side, side),
    'keypoints_two_faces_0_then_1': prior.of_faces(faces[:2], side, side),
  }


def _maps(points: np.ndarray, **options: Any) -> jax.Array:
  places = prior_maps.to_map(jnp.asarray(points), _SIDE, _MAP)
  return prior_maps.maps(places, _MAP, **options)


def _awp_maps(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del params
  points, sigma = inputs['keypoints'], config['sigma']
  # The published 64 / height, whatever the map's size.
  small = jnp.asarray(inputs['keypoints_small'])[None] * (_MAP[0] / 128)
  found = {
    'awp_maps_sigma0p75': _maps(points, sigma=sigma),
    'awp_maps_sigma1p2': _maps(points[:1], sigma=1.2),
    'awp_maps_img128_feat32x48': prior_maps.maps(small, (32, 48), sigma=sigma),
  }
  return jax.tree.map(channels_first, found)


def _ewp_maps(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del params
  points = inputs['keypoints']
  given = {
    'sigma0p75': (points, config['sigma']),
    'sigma1p2': (points[:1], 1.2),
  }
  found = {}
  for name, (some, sigma) in given.items():
    maps = _maps(some, sigma=sigma, distance='city_block')
    found[f'ewp_map_{name}'] = channels_first(prior_maps.joined(maps))
  return found


def _fusion(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del config
  table = layer('learn/', ('inner',), conv2d)
  table |= layer('learn1/', ('outer',), conv2d)
  table = {name.replace('/.', '/'): to for name, to in table.items()}
  apply, variables = opened(lambda rngs: Fusion(rngs=rngs), table, params)
  x = channels_last(inputs['prior_maps'])
  return {'out': channels_first(apply(variables, x)[0])}


def places(inputs: Arrays, name: str = '') -> jax.Array:
  """Key points of a file's pictures, in pixels: as stored, or by landmarks."""
  if 'keypoints' in inputs:
    return jnp.asarray(inputs['keypoints'])
  return prior.key_points(inputs[f'landmarks{name}'])


def detector(config: Config, sigma: float, params: Arrays) -> Opened:
  """`PriorKeypointDetector` of a file."""
  joined = 'awp' if 'learn.weight' in params else 'ewp'

  def make(rngs: nnx.Rngs) -> PriorKeypointDetector:
    return PriorKeypointDetector(
      config['num_kp'],
      **hourglass_sizes(config),
      joined=joined,
      sigma=sigma,
      temperature=config['temperature'],
      rngs=rngs,
    )

  table = facial_prior.keypoint_detector(config['num_blocks'], joined=joined)
  return opened(make, table, learned(params))


def _detector(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  apply, variables = detector(config, config['prior_sigma'], params)
  x = channels_last(inputs['x'])
  return named_points(apply(variables, x, places(inputs))[0])


def predictor(config: Config, sigma: float, params: Arrays) -> Opened:
  """`PriorRegionPredictor` of a file, as published."""
  sizes = hourglass_sizes(config)

  def make(rngs: nnx.Rngs) -> PriorRegionPredictor:
    return PriorRegionPredictor(
      config['num_regions'],
      **sizes,
      sigma=sigma,
      temperature=config['temperature'],
      rngs=rngs,
    )

  table = facial_prior.region_predictor(config['num_blocks'])
  return opened(make, table, learned(params))


def _predictor(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  apply, variables = predictor(config, config['prior_sigma'], params)
  found, _ = apply(variables, channels_last(inputs['x']), places(inputs))
  return named(found) | decomposed(found)


def region_tolerance(name: str) -> Tolerance:
  """Of published regions, which are nearly round: their axes are loose."""
  if name.endswith(('affine', 'u')):
    return Tolerance(1e-3)
  # Beside the 1e-5 of all regions: entries off the diagonal nearly cancel.
  return Tolerance(1e-5, 1e-5) if name.endswith('covar') else Tolerance(1e-5)


# A pixel at the maps' threshold may fall on its other side.
_MAPS = Tolerance(1e-5, strays=1e-3)

# By the start of a file's name.
CASES = {
  'fpb_keypoints_from_landmarks': Case(_points, lambda _: Tolerance(1e-5)),
  'fpb_awp_maps': Case(_awp_maps, lambda _: _MAPS),
  'fpb_ewp_maps': Case(_ewp_maps, lambda _: _MAPS),
  'fpb_awp_fusion': Case(_fusion, lambda _: Tolerance(2e-5, 1e-5)),
  'fpb_fomm_kp_detector': Case(_detector, lambda _: Tolerance(1e-5)),
  'fpb_mraa_region_predictor': Case(_predictor, region_tolerance),
}
