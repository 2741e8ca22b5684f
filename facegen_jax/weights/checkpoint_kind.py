"""Whose checkpoint a file is, by the names in it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facegen_jax.weights.pickle_scan import one_line

# Of other animation models, a network that the families here do not have.
_STRANGERS = {
  'he_estimator': 'a checkpoint of face-vid2vid',
  'inpainting_network': 'a checkpoint of the thin-plate spline motion model',
  'depth': 'a checkpoint of DaGAN',
}
_NETWORKS = {
  'kp.weight': "FOMM's key point detector alone",
  'regions.weight': "MRAA's region predictor alone",
  'dense_motion_network.mask.weight': "FOMM's generator alone",
  'pixelwise_flow_predictor.mask.weight': "MRAA's generator alone",
  'id_encoder.0.weight': "MRAA's AVD network alone",
  'features.0.weight': 'a VGG',
  'layer1.0.conv1.weight': 'a ResNet',
}
TITLES = {
  'fomm': 'FOMM',
  'mraa': 'MRAA',
  'fpb_fomm': 'FOMM with a facial prior',
  'fpb_mraa': 'MRAA with a facial prior',
}


def _inputs(state: Any) -> int:
  """Channels that a detector's hourglass sees; 0 where that is not told."""
  kernel = None
  if isinstance(state, Mapping):
    kernel = state.get('predictor.encoder.down_blocks.0.conv.weight')
  there = isinstance(kernel, np.ndarray) and kernel.ndim == 4
  return kernel.shape[1] if there else 0


def family(tree: Any) -> str | None:
  """Which of `TITLES` a checkpoint is; None for none."""
  if not isinstance(tree, Mapping) or any(k in tree for k in _STRANGERS):
    return None
  for key, name in (('kp_detector', 'fomm'), ('region_predictor', 'mraa')):
    if key in tree and 'generator' in tree:
      return f'fpb_{name}' if _inputs(tree[key]) == 4 else name
  return None


def description(tree: Any) -> str:
  """What a file holds, in the user's words."""
  if found := family(tree):
    return f'a checkpoint of {TITLES[found]} (--format={found})'
  if not isinstance(tree, Mapping):
    return f'a {type(tree).__name__}, no checkpoint'
  for names in (_STRANGERS, _NETWORKS):
    for key, what in names.items():
      if key in tree:
        return what
  first = ', '.join(one_line(key) for key in list(tree)[:3])
  return f'no checkpoint known here (it begins with {first or "nothing"})'
