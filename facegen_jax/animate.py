"""A portrait takes on the expressions of a driving clip or picture.

python -m facegen_jax.animate --workdir=runs/a --source=face.jpg \
  --driving=clip.mp4 --out=out.mp4
"""

from collections.abc import Iterator, Sequence
import pathlib
from typing import TYPE_CHECKING, Any

from absl import flags

from facegen_jax.data.landmarker_flag import FACE_LANDMARKER
from facegen_jax.start import start

if TYPE_CHECKING:  # heavy: --help must not wait for them
  import numpy as np

_WORKDIR = flags.DEFINE_string('workdir', None, 'Folder of a trained run.')
_SOURCE = flags.DEFINE_string('source', None, 'Portrait to animate.')
_DRIVING = flags.DEFINE_string(
  'driving', None, 'Clip or picture whose expressions it takes on.'
)
_OUT = flags.DEFINE_string('out', None, 'The mp4 to write.')
_VIEW = flags.DEFINE_enum(
  'view',
  'crop',
  ['crop', 'paste'],
  'The face alone, or put back into the whole portrait.',
)
_BATCH = flags.DEFINE_integer('batch', 16, 'Frames generated at once.', 1)
flags.mark_flags_as_required(['workdir', 'source', 'driving', 'out'])

_SMALLEST_VIEW = 256  # pixels a side of the written crop, at least
_SHEET_COLUMNS = 8


def main(argv: Sequence[str]) -> None:
  """Animates, and leaves a sheet beside the video."""
  del argv
  animate(
    pathlib.Path(_WORKDIR.value),
    pathlib.Path(_SOURCE.value),
    pathlib.Path(_DRIVING.value),
    pathlib.Path(_OUT.value),
    face_landmarker=FACE_LANDMARKER.value,
    view=_VIEW.value,
    batch=_BATCH.value,
  )


def animate(
  workdir: pathlib.Path,
  source: pathlib.Path,
  driving: pathlib.Path,
  out: pathlib.Path,
  *,
  face_landmarker: str | None = None,
  view: str = 'crop',
  batch: int = 16,
) -> int:
  """Writes `out`, as long and at the times of `driving`, with its sound.

  Frames stream through: memory does not grow with the clip. The crop of each
  face is chosen once, so that nothing jitters.

  Args:
    workdir: of a trained run.
    source: the portrait.
    driving: a clip, or a picture (then one second is written).
    out: an mp4; the sheet is `<out>.png`.
    face_landmarker: MediaPipe's model file.
    view: 'crop' or 'paste'.
    batch: frames generated at once.

  Returns:
    The number of frames written.
  """
  from facegen_jax import runs
  from facegen_jax.data import align, faces, pictures
  from facegen_jax.data.driving import Driving

  portrait = pictures.read(source)
  clip = Driving(driving)
  system, state, config = runs.open_generator(workdir)
  size = config.data.size
  with faces.Landmarker(face_landmarker) as landmarker:
    still = _crop(landmarker, portrait, source, size)
    moving = clip.crop(landmarker, size)
  generate = runs.generator(system, state)
  target = align.warp(portrait, still)
  shown = _shown(portrait, still, view)
  count = _write(clip, moving, target, generate, shown, out, batch)
  print(f'{count} frames: {out}, sheet {out.with_suffix(".png")}')
  return count


def _crop(
  landmarker: Any, picture: 'np.ndarray', path: pathlib.Path, size: int
) -> Any:
  from absl import logging

  from facegen_jax.core.errors import UserError
  from facegen_jax.data import align

  found = landmarker.detect(picture)
  if not found:
    raise UserError(f'{path}: no face found; give a frontal, well lit portrait')
  if len(found) > 1:
    logging.warning('%s: %d faces, the largest is taken', path, len(found))
  return align.crop_from_landmarks(found[0].landmarks68, size)


def _shown(portrait: 'np.ndarray', crop: Any, view: str) -> Any:
  """How a generated face becomes a frame: `patch -> frame`, both uint8."""
  import cv2

  from facegen_jax.data import align

  if view == 'paste':
    return lambda patch: align.paste(portrait, crop, patch)
  side = crop.size * -(-_SMALLEST_VIEW // crop.size)
  return lambda patch: cv2.resize(
    patch, (side, side), interpolation=cv2.INTER_CUBIC
  )


def _write(
  clip: Any,
  moving: Any,
  target: 'np.ndarray',
  generate: Any,
  shown: Any,
  out: pathlib.Path,
  batch: int,
) -> int:
  from facegen_jax.core import clock
  from facegen_jax.data import encode

  height, width, _ = shown(target).shape
  progress, rows, count = clock.Progress(), [], 0
  every = max(clip.length // _SHEET_COLUMNS, 1)
  pace = clock.Clock(0, clip.length)
  with encode.Writer(
    out,
    rate=clip.rate,
    width=width,
    height=height,
    audio_from=clip.sound,
    time_base=clip.time_base,
  ) as writer:
    for frame, driver, patch in _generated(
      clip, moving, target, generate, batch
    ):
      writer.write(shown(patch), frame.pts, frame.time_base)
      if count % every == 0 and len(rows) < _SHEET_COLUMNS:
        rows.append((driver, patch))
      count += 1
      if count % (8 * batch) == 0:
        figures = pace.tick(count)
        progress.show(
          f'{count}/{clip.length} frames, '
          f'{figures["steps_per_second"]:.1f} frames/s, '
          f'{clock.duration(figures["eta_seconds"])} left'
        )
  progress.close()
  _sheet(out.with_suffix('.png'), target, rows)
  return count


def _generated(
  clip: Any, crop: Any, target: 'np.ndarray', generate: Any, batch: int
) -> Iterator[tuple[Any, 'np.ndarray', 'np.ndarray']]:
  """Frame, its crop, and the generated face, both uint8, one at a time."""
  import numpy as np

  from facegen_jax.core.writer import to_uint8
  from facegen_jax.data import align, video

  targets = np.stack([np.float32(target) / 127.5 - 1] * batch)
  for frames in video.batched(clip.frames(), batch):
    drivers = [align.warp(frame.picture, crop) for frame in frames]
    short = [drivers[-1]] * (batch - len(drivers))  # one shape, one compile
    given = np.float32(np.stack(drivers + short)) / 127.5 - 1
    made = to_uint8(generate(source=given, target=targets))
    yield from zip(frames, drivers, made, strict=False)


def _sheet(path: pathlib.Path, target: 'np.ndarray', rows: list) -> None:
  """Driving frames above, generated ones below, the portrait at the left."""
  import numpy as np
  from PIL import Image

  from facegen_jax.core.writer import sheet

  def real(x: np.ndarray) -> np.ndarray:
    return np.float32(x) / 127.5 - 1

  above = [np.ones_like(real(target))] + [real(driver) for driver, _ in rows]
  below = [real(target)] + [real(patch) for _, patch in rows]
  Image.fromarray(sheet([above, below])).save(path)


if __name__ == '__main__':
  start(main)
