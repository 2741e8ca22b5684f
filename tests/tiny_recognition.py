"""The `:smoke` recogniser, and tiny clips with emotion words."""

import dataclasses
import sys

from smoke import ROOT
from tiny_clips import clips_of

from facegen_jax.data.clips import Clips
from facegen_jax.data.vocabulary import EMOTIONS


def recogniser(data_dir='nowhere', variant='smoke', **values):
  """`configs/recognition.py:smoke`, with `a__b=value` for config.a.b."""
  sys.path.insert(0, str(ROOT))
  try:
    from configs import recognition
  finally:
    sys.path.remove(str(ROOT))
  config = recognition.get_config(variant)
  config.data.dir = str(data_dir)
  for name, value in values.items():
    *path, last = name.split('__')
    room = config
    for part in path:
      room = room[part]
    room[last] = value
  return config.lock()


def worded(subjects=3, emotions=(0, 1, 3, 5), **more):
  """Clips of negative, negative, positive and surprise of each subject."""
  return Clips(
    dataclasses.replace(c, emotion=EMOTIONS[c.emotion_id])
    for c in clips_of(subjects, emotions=emotions, **more)
  )
