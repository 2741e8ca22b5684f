"""Fields of `config.data` that every system has, and their defaults."""

from typing import Any


def data_config(**more: Any) -> dict[str, Any]:
  """The section `data` of a config.

  Args:
    **more: other values, and the fields of one system alone; `size` (side of
      the prepared pictures), `crop` and `synth_face` have no default.
  """
  return {
    'name': 'synth_face',  # or 'folder', or one of vocabulary.LICENSED
    'dir': '~/.cache/facegen_jax/datasets',
    'manual_dir': '',  # of a dataset that is not embedded
    'labels': '',  # folder: a CSV, else labels.csv in the folder
    'face_landmarker': '',  # MediaPipe's model file, else found or fetched
    # Licensed datasets: which part, and a CSV of own landmarks.
    'variant': '',
    'landmarks': '',
    'camera': '',  # clips of one recording condition, 'VL Strong'
    # 'megc2021': the clips that drive its test; or 'megc2021_people'.
    'keep_out': '',
    'split': 'share',  # or 'mug_52', 'disfa_1', 'without:SUBJECT'
    'held_out': 0.1,  # share of the people
    'seed': 0,  # which people
    'threads': 4,
    **more,
  }
