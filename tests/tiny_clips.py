"""Tiny clips for tests: blocks of colour with plausible landmarks."""

import cv2
import numpy as np

from facegen_jax.data.clips import Clip, Clips


def landmarks(size=16):
  """68 points of a face that fills the picture."""
  t = np.linspace(np.pi, 0, 17)
  jaw = np.stack([0.5 + 0.4 * np.cos(t), 0.5 + 0.42 * np.sin(t)], 1)
  brows = [(x, 0.3) for x in np.linspace(0.18, 0.82, 10)]
  nose = [(0.5, y) for y in np.linspace(0.38, 0.56, 4)]
  nostrils = [(x, 0.6) for x in np.linspace(0.42, 0.58, 5)]
  a = np.linspace(np.pi, 3 * np.pi, 7)[:-1]
  eyes = [
    (cx + 0.08 * np.cos(i), 0.4 + 0.04 * np.sin(i))
    for cx in (0.33, 0.67)
    for i in a
  ]
  b = np.linspace(np.pi, 3 * np.pi, 13)[:-1]
  c = np.linspace(np.pi, 3 * np.pi, 9)[:-1]
  lips = [(0.5 + 0.16 * np.cos(i), 0.74 + 0.07 * np.sin(i)) for i in b]
  lips += [(0.5 + 0.11 * np.cos(i), 0.74 + 0.03 * np.sin(i)) for i in c]
  points = np.array([*jaw, *brows, *nose, *nostrils, *eyes, *lips])
  return (points * size).astype(np.float32)


def clips_of(
  subjects=3, frames=5, size=16, labelled=True, aus=True, emotions=(3, 5)
):
  """One clip an emotion of every subject: neutral, apex in the middle, back."""
  rng = np.random.default_rng(0)
  out = []
  for s in range(subjects):
    face = rng.integers(60, 200, (4, 4, 3)).astype(np.uint8)
    for e in emotions:
      pictures = []
      curve = np.sin(np.pi * np.arange(frames) / max(frames - 1, 1))
      for k in range(frames):
        x = cv2.resize(face, (size, size), interpolation=cv2.INTER_LINEAR)
        x[size * 2 // 3 :, :, 0] = np.uint8(40 * e * curve[k])
        pictures.append(cv2.imencode('.png', x)[1].tobytes())
      intensity = np.zeros((frames, 12), np.float32)
      intensity[:, e] = curve
      points = np.repeat(landmarks(size)[None], frames, 0)
      points[:, 48:, 1] += curve[:, None]
      out.append(
        Clip(
          frames=tuple(pictures),
          subject=f's{s}',
          session='',
          name=f'e{e}',
          emotion_id=e if labelled else -1,
          onset=0 if labelled else -1,
          apex=frames // 2 if labelled else -1,
          offset=frames - 1 if labelled else -1,
          landmarks=points,
          au_intensities=intensity if aus else np.zeros((0, 12), np.float32),
          fps=25.0,
          extra={},
        )
      )
  return Clips(out)
