"""The networks of FOMM's, MRAA's and the facial prior's checkpoints.

How each is called in the file and here, and how its sizes are read, its module
made and its arrays named.
"""

from collections.abc import Callable
import functools
from typing import Any, NamedTuple

from flax import nnx

from facegen_jax.systems.facial_prior.avd import AVD
from facegen_jax.systems.facial_prior.background import Background
from facegen_jax.systems.facial_prior.dense_motion import DenseMotion
from facegen_jax.systems.facial_prior.discriminator import Discriminator
from facegen_jax.systems.facial_prior.flow import PixelwiseFlow
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import KeypointDetector
from facegen_jax.systems.facial_prior.prior_keypoints import (
  PriorKeypointDetector,
)
from facegen_jax.systems.facial_prior.prior_regions import PriorRegionPredictor
from facegen_jax.systems.facial_prior.regions import RegionPredictor
from facegen_jax.weights import checkpoint_sizes, facial_prior, fomm, mraa
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.stored import Sizes, Stored


class Network(NamedTuple):
  """One network of a family.

  Attributes:
    published: its key in the checkpoint.
    sizes: from what is stored to keywords.
    make: a module of those keywords and of `rngs`.
    table: from keywords to names.
    optional: whether a checkpoint may lack it.
    blurred: what precedes 'down.weight' in its names; None without a blur.
  """

  published: str
  sizes: Callable[[Stored], Sizes]
  make: Callable[..., nnx.Module]
  table: Callable[[Sizes], Table]
  optional: bool = False
  blurred: str | None = None


def _generator(
  motion: Callable[..., nnx.Module], skips: bool, align: bool
) -> Callable[..., nnx.Module]:
  def make(*, rngs: nnx.Rngs, **sizes: Any) -> Generator:
    inner = motion(**sizes.pop('motion'), align_corners=align, rngs=rngs)
    return Generator(
      inner, skips=skips, align_corners=align, rngs=rngs, **sizes
    )

  return make


def _critics(*, rngs: nnx.Rngs, **sizes: Any) -> Discriminator:
  scales = sizes.pop('scales')
  return Discriminator(len(scales), rngs=rngs, **sizes)


def _painter_table(motion_name: str, sizes: Sizes) -> Table:
  inner = sizes['motion']
  motion = fomm.dense_motion(inner['blocks'], occlusion=inner['occlusion'])
  counts = (sizes['down_blocks'], sizes['res_blocks'])
  return fomm.generator(*counts, motion, motion_name)


def _painter(
  name: str,
  sizes: Callable[[Stored], Sizes],
  motion: Callable[..., nnx.Module],
  mraa_like: bool,
) -> Network:
  return Network(
    'generator',
    functools.partial(checkpoint_sizes.generator, motion=sizes),
    _generator(motion, mraa_like, not mraa_like),
    functools.partial(_painter_table, name),
    blurred=f'{name}.',
  )


_FOMM = {
  'generator': _painter(
    'dense_motion_network', checkpoint_sizes.dense_motion, DenseMotion, False
  ),
  'discriminator': Network(
    'discriminator',
    checkpoint_sizes.discriminator,
    _critics,
    lambda s: fomm.discriminator(
      s['scales'], s['blocks'], spectral=s['spectral']
    ),
    optional=True,
  ),
}
_MRAA = {
  'background': Network(
    'bg_predictor',
    checkpoint_sizes.background,
    Background,
    lambda s: mraa.background(s.get('blocks', 0), s['kind']),
  ),
  'generator': _painter(
    'pixelwise_flow_predictor',
    checkpoint_sizes.pixelwise_flow,
    PixelwiseFlow,
    True,
  ),
  'avd': Network(
    'avd_network',
    checkpoint_sizes.avd,
    AVD,
    lambda s: mraa.avd(),
    optional=True,
  ),
}
FAMILIES = {
  'fomm': {
    'keypoints': Network(
      'kp_detector',
      checkpoint_sizes.keypoints,
      KeypointDetector,
      lambda s: fomm.keypoint_detector(
        s['blocks'], jacobian=s['jacobian'] is not None
      ),
      blurred='',
    ),
    **_FOMM,
  },
  'mraa': {
    'regions': Network(
      'region_predictor',
      checkpoint_sizes.regions,
      RegionPredictor,
      lambda s: mraa.region_predictor(s['blocks'], pca=s['pca']),
      blurred='',
    ),
    **_MRAA,
  },
  'fpb_fomm': {
    'keypoints': Network(
      'kp_detector',
      checkpoint_sizes.prior_keypoints,
      PriorKeypointDetector,
      lambda s: facial_prior.keypoint_detector(s['blocks'], joined=s['joined']),
      blurred='',
    ),
    **_FOMM,
  },
  'fpb_mraa': {
    'regions': Network(
      'region_predictor',
      checkpoint_sizes.prior_regions,
      PriorRegionPredictor,
      lambda s: facial_prior.region_predictor(s['blocks']),
      blurred='',
    ),
    **_MRAA,
  },
}
