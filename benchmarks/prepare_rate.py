"""Frames a second and memory of preparing a licensed dataset.

  python -m benchmarks.prepare_rate [--frames=5000]

Makes two downloads of VGA pictures in a temporary folder, one of pictures laid
out as Oulu-CASIA, one of a video laid out as DISFA, and prepares each without
face detection in a process of its own. Expected: at least 100 frames a second
on 2 cores, at most 1.5 GiB.
"""

import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from absl import app, flags
import cv2
import numpy as np

from facegen_jax.data import video, vocabulary

_FRAMES = flags.DEFINE_integer('frames', 5000, 'Pictures of each download.')
_SIZE = (480, 640)
_CLIP = 250  # pictures a clip of the picture download


def main(argv: list[str]) -> None:
  """Prints a line a download."""
  del argv
  with tempfile.TemporaryDirectory() as folder:
    for name, make in (('oulu_casia', _pictures), ('disfa', _video)):
      root = pathlib.Path(folder, name)
      make(root, _FRAMES.value)
      start = time.monotonic()
      _prepare(name, root, pathlib.Path(folder, 'data'))
      took = time.monotonic() - start
      # Of the largest child so far, so of this one or of the one before.
      memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
      print(
        f'{name}: {_FRAMES.value} frames in {took:.1f} s, '
        f'{_FRAMES.value / took:.0f} a second, at most {memory:.2f} GiB',
        flush=True,
      )


def _prepare(name: str, root: pathlib.Path, data_dir: pathlib.Path) -> None:
  subprocess.run(
    [
      sys.executable,
      '-m',
      'facegen_jax.data.prepare',
      f'--dataset={name}',
      f'--manual_dir={root}',
      f'--data_dir={data_dir}',
    ],
    check=True,
  )


def _shot(number: int) -> np.ndarray:
  """A soft moving picture with a camera's noise, h w 3 uint8."""
  height, width = _SIZE
  y, x = np.mgrid[:height, :width].astype(np.float32)
  waves = np.sin(x / 37 + number / 9) + np.cos(y / 23 - number / 7)
  noise = np.random.default_rng(number).normal(0, 4, (height, width))
  gray = np.clip(128 + 45 * waves + noise, 0, 255).astype(np.uint8)
  return np.stack([gray, gray // 2 + 60, 255 - gray], -1)


def _pictures(root: pathlib.Path, count: int) -> None:
  data = [cv2.imencode('.jpeg', _shot(i))[1].tobytes() for i in range(50)]
  emotions = [word.title() for word in vocabulary.EMOTIONS]
  for i in range(count):
    clip, number = divmod(i, _CLIP)
    person, emotion = divmod(clip, len(emotions))
    folder = root / f'OriginalImg/VL/Strong/P{person + 1:03d}'
    folder = folder / emotions[emotion]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f'{number:03d}.jpeg').write_bytes(data[i % len(data)])


def _video(root: pathlib.Path, count: int) -> None:
  labels = root / 'ActionUnit_Labels/SN001'
  labels.mkdir(parents=True)
  text = ''.join(f'{k},0\n' for k in range(1, count + 1))
  for au in vocabulary.AUS:
    (labels / f'SN001_au{au}.txt').write_text(text)
  folder = root / 'Videos_LeftCamera'
  folder.mkdir()
  height, width = _SIZE
  shots = [_shot(i) for i in range(50)]
  path = folder / 'LeftVideoSN001_comp.mp4'
  with video.Writer(path, rate=20, width=width, height=height) as writer:
    for i in range(count):
      writer.write(shots[i % len(shots)])


if __name__ == '__main__':
  app.run(main)
