"""Names of the arrays of the facial prior's networks (PyTorch's)."""

from facegen_jax.weights import fomm, mraa
from facegen_jax.weights.mapping import Table, conv2d, layer


def fusion(first: str, second: str) -> Table:
  """Table to AWP's `Fusion`, its two layers so named, within a network."""
  return {
    **layer(first, ('fusion', 'inner'), conv2d),
    **layer(second, ('fusion', 'outer'), conv2d),
  }


def keypoint_detector(blocks: int, *, joined: str) -> Table:
  """Table to `systems.facial_prior.prior_keypoints.PriorKeypointDetector`."""
  table = fomm.keypoint_detector(blocks, jacobian=True)
  return table | fusion('learn', 'learn1') if joined == 'awp' else table


def region_predictor(blocks: int) -> Table:
  """Table to `systems.facial_prior.prior_regions.PriorRegionPredictor`."""
  return mraa.region_predictor(blocks) | fusion('region1', 'region2')
