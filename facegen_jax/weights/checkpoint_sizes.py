"""Sizes of published networks, read off the arrays of their checkpoints.

Each function gives the keywords of our module of that network.
"""

from collections.abc import Callable

from facegen_jax.core.errors import UserError
from facegen_jax.weights.stored import (
  Sizes,
  Stored,
  factor,
  hourglass,
  limit,
  pyramid,
)

_CONV_LIMIT = 512  # published, where the file does not reach it
_BACKGROUNDS = {2: 'shift', 6: 'affine', 8: 'perspective'}
_FIRST = 'predictor.encoder.down_blocks.0.conv.weight'


def keypoints(stored: Stored) -> Sizes:
  """Of FOMM's `KeypointDetector`."""
  points = stored.shape('kp.weight')[0]
  jacobian = None
  if 'jacobian.weight' in stored.state:
    entries = stored.shape('jacobian.weight')[0]
    jacobian = 'each' if entries == 4 * points else 'shared'
  return {
    'points': points,
    **hourglass(stored, 'predictor.'),
    'in_features': stored.shape(_FIRST)[1],
    'factor': factor(stored),
    'jacobian': jacobian,
  }


def prior_keypoints(stored: Stored) -> Sizes:
  """Of the facial prior's `PriorKeypointDetector`."""
  return {
    'points': stored.shape('kp.weight')[0],
    'joined': 'awp' if 'learn.weight' in stored.state else 'ewp',
    **hourglass(stored, 'predictor.'),
    'factor': factor(stored),
  }


def regions(stored: Stored) -> Sizes:
  """Of MRAA's `RegionPredictor`."""
  return {
    'regions': stored.shape('regions.weight')[0],
    **hourglass(stored, 'predictor.'),
    'factor': factor(stored),
    'pca': 'jacobian.weight' not in stored.state,
  }


def prior_regions(stored: Stored) -> Sizes:
  """Of the facial prior's `PriorRegionPredictor`."""
  return {
    'points': stored.shape('regions.weight')[0],
    **hourglass(stored, 'predictor.'),
    'factor': factor(stored),
  }


def background(stored: Stored) -> Sizes:
  """Of MRAA's `Background`; no arrays are a background that rests."""
  if not stored.state:
    return {'kind': 'zero'}
  numbers = stored.shape('fc.weight', 2)[0]
  if numbers not in _BACKGROUNDS:
    raise UserError(
      f'{stored.place}: fc gives {numbers} numbers, not 2, 6 or 8'
    )
  widths = stored.widths('encoder.down_blocks.{}.conv')
  sizes = pyramid(widths, max(1, widths[0] // 2))
  return {'kind': _BACKGROUNDS[numbers], **sizes}


def _motion(stored: Stored, start: str) -> Sizes:
  return {
    **hourglass(stored, f'{start}hourglass.'),
    'factor': factor(stored, start),
    'occlusion': f'{start}occlusion.weight' in stored.state,
  }


def dense_motion(stored: Stored) -> Sizes:
  """Of FOMM's `DenseMotion` within a generator."""
  start = 'dense_motion_network.'
  slots = stored.shape(f'{start}mask.weight')[0]
  return {
    'points': slots - 1,
    'in_features': stored.shape('first.conv.weight')[1],
    **_motion(stored, start),
  }


def pixelwise_flow(stored: Stored) -> Sizes:
  """Of MRAA's `PixelwiseFlow` within a generator."""
  start = 'pixelwise_flow_predictor.'
  slots = stored.shape(f'{start}mask.weight')[0]
  first = f'{start}hourglass.encoder.down_blocks.0.conv.weight'
  return {
    'regions': slots - 1,
    'deformed_source': stored.shape(first)[1] != slots,
    **_motion(stored, start),
  }


def generator(stored: Stored, motion: Callable[[Stored], Sizes]) -> Sizes:
  """Of `Generator`; `motion` is of its own motion network."""
  inner = motion(stored)
  features = stored.shape('first.conv.weight')[0]
  down = stored.widths('down_blocks.{}.conv')
  doubled = [features * 2 ** (i + 1) for i in range(len(down))]
  return {
    'motion': inner,
    'features': features,
    'max_features': limit(down, doubled, _CONV_LIMIT),
    'down_blocks': len(down),
    'res_blocks': len(stored.widths('bottleneck.r{}.conv1')),
    'in_features': stored.shape('first.conv.weight')[1],
  }


def _scale(name: str) -> float:
  """'0-5' -> 0.5; whole numbers stay whole, as their names are."""
  try:
    return int(name)
  except ValueError:
    return float(name.replace('-', '.'))


def scales(stored: Stored) -> list[float]:
  """A discriminator's scales, finest first."""
  names = {n.split('.')[1] for n in stored.state if n.startswith('discs.')}
  try:
    found = sorted(map(_scale, names), reverse=True)
  except ValueError:
    found = []
  if not found:
    raise UserError(f'{stored.place} has no discs.1: it is no discriminator')
  return found


def discriminator(stored: Stored) -> Sizes:
  """Of `Discriminator`; `scales` are the pictures' sizes, 1 the whole."""
  found = scales(stored)
  start = f'discs.{str(found[0]).replace(".", "-")}.'
  first = f'{start}down_blocks.0.conv.weight'
  spectral = f'{first}_orig' in stored.state
  state = {k.removesuffix('_orig'): v for k, v in stored.state.items()}
  plain = Stored(state, stored.place)
  widths = plain.widths(start + 'down_blocks.{}.conv')
  return {
    'scales': found,
    **pyramid(widths, max(1, widths[0] // 2), _CONV_LIMIT),
    'spectral': spectral,
    'points': plain.shape(first)[1] - 3,
  }


def avd(stored: Stored) -> Sizes:
  """Of MRAA's `AVD`."""
  layers = [f'id_encoder.{3 * i}.weight' for i in range(3)]
  shapes = [stored.shape(name, 2) for name in layers]
  return {
    'regions': shapes[0][1] // 6,
    'identity': stored.shape('id_encoder.9.weight', 2)[0],
    'pose': stored.shape('pose_encoder.9.weight', 2)[0],
    'hidden': tuple(s[0] for s in shapes),
  }
