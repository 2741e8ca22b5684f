"""What every builder writes for a clip."""

from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.data import vocabulary


def clip_features(
  extra: dict[str, Any] | None = None,
) -> tfds.features.FeaturesDict:
  """Features of one clip; all builders share these keys.

  - `frames`: encoded pictures (PNG or JPEG bytes) in order, all of one size.
  - `frame_numbers`: their numbers in the original footage.
  - `subject`, `clip`: names; (dataset, subject) is one person.
  - `emotion`: the dataset's own word, '' when unlabelled; `emotion_id`: 0..5
    of `vocabulary.EMOTIONS`, -1 otherwise.
  - `onset`, `apex`, `offset`: indices into `frames`, -1 = not given.
  - `aus`: graded or ungraded action units of the clip; `side` is '', 'L' or
    'R'; `intensity` in [0, 1], -1 = present, not graded.
  - `au_intensities`: t x 12 in [0, 1], one column an entry of
    `vocabulary.AUS`; no rows where the dataset does not grade frames.
  - `landmarks`: t x 68 x 2, pixels (x, y) of the stored frames; no rows where
    no detector has run.
  - `fps`: frames a second, 0 for a single picture.
  - `camera`: the recording session; clips of one person that share it also
    share light, place and background.

  Frames are `Text` because bytes are stored and read unchanged, so that a
  reader decodes only the frames that it wants.

  Args:
    extra: further features of one dataset.
  """
  features = {
    'frames': tfds.features.Sequence(tfds.features.Text()),
    'frame_numbers': tfds.features.Sequence(np.int32),
    'subject': tfds.features.Text(),
    'clip': tfds.features.Text(),
    'emotion': tfds.features.Text(),
    'emotion_id': np.int32,
    'onset': np.int32,
    'apex': np.int32,
    'offset': np.int32,
    'aus': tfds.features.Sequence(
      {
        'au': np.int32,
        'side': tfds.features.Text(),
        'intensity': np.float32,
      }
    ),
    'au_intensities': tfds.features.Tensor(
      shape=(None, len(vocabulary.AUS)), dtype=np.float32
    ),
    'landmarks': tfds.features.Tensor(
      shape=(None, vocabulary.NUM_LANDMARKS, 2), dtype=np.float32
    ),
    'fps': np.float32,
    'camera': tfds.features.Text(),
  }
  return tfds.features.FeaturesDict(features | (extra or {}))
