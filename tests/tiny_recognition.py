"""The `:smoke` recogniser, and tiny clips with emotion words."""

import dataclasses

from smoke import experiment
from tiny_clips import clips_of

from facegen_jax.data.clips import Clips
from facegen_jax.data.vocabulary import EMOTIONS


def recogniser(data_dir='nowhere', variant='smoke', **values):
  """`configs/recognition.py:smoke`, with `a__b=value` for config.a.b."""
  values = {'data__dir': str(data_dir)} | values
  return experiment('recognition', variant, **values).lock()


def worded(subjects=3, emotions=(0, 1, 3, 5), **more):
  """Clips of negative, negative, positive and surprise of each subject."""
  return Clips(
    dataclasses.replace(c, emotion=EMOTIONS[c.emotion_id])
    for c in clips_of(subjects, emotions=emotions, **more)
  )
