"""Folders of tiny clips whose figures are known."""

import numpy as np

from facegen_jax.data import encode, pictures


def clip_of(seed=0, frames=6, size=16, height=None):
  """Smooth noise that moves, t h w 3 uint8."""
  rng = np.random.default_rng(seed)
  coarse = rng.integers(40, 216, (4, 4, 3)).astype(np.float64)
  whole = np.kron(coarse, np.ones(((height or size) // 4, size // 4, 1)))
  shown = [np.roll(whole, t, axis=1) for t in range(frames)]
  return np.stack(shown).astype(np.uint8)


def noisy(clip, seed=1, most=9):
  """The clip with whole noise of at most `most` grey levels."""
  rng = np.random.default_rng(seed)
  noise = rng.integers(-most, most + 1, clip.shape)
  return np.clip(clip.astype(int) + noise, 0, 255).astype(np.uint8)


def write(folder, clips, first=0):
  """Clips by name as folders of numbered PNGs; returns the folder."""
  for name, clip in clips.items():
    (folder / name).mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(clip, first):
      pictures.write(folder / name / f'frame_{i:04}.png', picture)
  return folder


def film(path, clip, rate=25):
  """One clip as a video."""
  path.parent.mkdir(parents=True, exist_ok=True)
  height, width = clip.shape[1:3]
  with encode.Writer(path, rate=rate, width=width, height=height) as writer:
    for picture in clip:
      writer.write(picture)
  return path
