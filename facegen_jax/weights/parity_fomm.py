"""The first order motion model's networks as stored files describe them."""

from collections.abc import Callable, Mapping
from typing import Any

from flax import nnx
import numpy as np

from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import factor_of
from facegen_jax.systems.facial_prior.dense_motion import DenseMotion
from facegen_jax.systems.facial_prior.discriminator import Discriminator
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import (
  KeypointDetector,
  KeyPoints,
)
from facegen_jax.weights import fomm
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.parity_case import Arrays
from facegen_jax.weights.parity_vgan import opened

Config = Mapping[str, Any]
Opened = tuple[Callable, Variables]


def sizes(config: Config) -> dict[str, Any]:
  """Our constructors' names of an hourglass's sizes."""
  return {
    'features': config['block_expansion'],
    'blocks': config['num_blocks'],
    'max_features': config['max_features'],
  }


def hourglass_sizes(config: Config) -> dict[str, Any]:
  """Those of a network that shrinks its pictures first."""
  return sizes(config) | {'factor': factor_of(config['scale_factor'])}


def start(arrays: Arrays, prefix: str) -> dict[str, np.ndarray]:
  """Those under a prefix, without it."""
  return {
    name.removeprefix(prefix): value
    for name, value in arrays.items()
    if name.startswith(prefix)
  }


def _jacobian(config: Config) -> str | None:
  if not config['estimate_jacobian']:
    return None
  return 'shared' if config['single_jacobian_map'] else 'each'


def detector_table(config: Config) -> Table:
  """The table of a file's key point detector."""
  jacobian = _jacobian(config) is not None
  return fomm.keypoint_detector(config['num_blocks'], jacobian=jacobian)


def detector(config: Config, params: Arrays) -> Opened:
  """`KeypointDetector` of a file."""
  return opened(
    lambda rngs: KeypointDetector(
      config['num_kp'],
      **hourglass_sizes(config),
      in_features=config['num_channels'],
      temperature=config['temperature'],
      jacobian=_jacobian(config),
      rngs=rngs,
    ),
    detector_table(config),
    learned(params),
  )


def _dense(config: Config, align: bool, rngs: nnx.Rngs) -> DenseMotion:
  return DenseMotion(
    config['num_kp'],
    **hourglass_sizes(config),
    in_features=config['num_channels'],
    variance=config['kp_variance'],
    occlusion=config['estimate_occlusion_map'],
    align_corners=align,
    rngs=rngs,
  )


def dense_motion(config: Config, params: Arrays, align: bool) -> Opened:
  """`DenseMotion` of a file."""
  table = fomm.dense_motion(
    config['num_blocks'], occlusion=config['estimate_occlusion_map']
  )
  return opened(
    lambda rngs: _dense(config, align, rngs), table, learned(params)
  )


_SHARED = ('num_kp', 'num_channels', 'estimate_occlusion_map')


def generator_table(config: Config) -> Table:
  """The table of a file's generator."""
  motion = fomm.dense_motion(
    config['dense_motion_params']['num_blocks'],
    occlusion=config['estimate_occlusion_map'],
  )
  counts = (config['num_down_blocks'], config['num_bottleneck_blocks'])
  return fomm.generator(*counts, motion, 'dense_motion_network')


def generator(config: Config, params: Arrays, align: bool) -> Opened:
  """`Generator` of a file, `DenseMotion` within."""
  inner = config['dense_motion_params'] | {k: config[k] for k in _SHARED}
  return opened(
    lambda rngs: Generator(
      _dense(inner, align, rngs),
      features=config['block_expansion'],
      max_features=config['max_features'],
      down_blocks=config['num_down_blocks'],
      res_blocks=config['num_bottleneck_blocks'],
      in_features=config['num_channels'],
      align_corners=align,
      rngs=rngs,
    ),
    generator_table(config),
    learned(params),
  )


def discriminator_table(config: Config) -> Table:
  """The table of a file's discriminator."""
  return fomm.discriminator(
    config['scales'], config['num_blocks'], spectral=config['sn']
  )


def discriminator(config: Config, params: Arrays) -> Opened:
  """`Discriminator` of a file."""
  return opened(
    lambda rngs: Discriminator(
      len(config['scales']),
      in_features=config['num_channels'],
      features=config['block_expansion'],
      blocks=config['num_blocks'],
      max_features=config['max_features'],
      spectral=config['sn'],
      points=config['num_kp'] if config['use_kp'] else 0,
      variance=config['kp_variance'],
      rngs=rngs,
    ),
    discriminator_table(config),
    params,
  )


def named(found: KeyPoints, start: str = '') -> dict[str, Any]:
  """Key points in a file's names."""
  pairs = found._asdict().items()
  return {f'{start}{name}': x for name, x in pairs if x is not None}


def both(config: Config, run: Callable[[bool], dict]) -> dict[str, Any]:
  """The outputs by the file's align_corners, and by the other value."""
  align = config['grid_sample_align_corners']
  other = {f'outalt/{k}': v for k, v in run(not align).items()}
  return run(align) | other
