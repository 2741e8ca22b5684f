"""A portrait is moved by a driving clip or picture."""

from collections.abc import Callable, Iterator
import contextlib
import pathlib
from typing import Any

from absl import logging
import numpy as np
from PIL import Image

from facegen_jax import runs
from facegen_jax.animation import looked, portrait, wanted
from facegen_jax.animation.looked import Looked
from facegen_jax.core import clock
from facegen_jax.core.levels import as_unit, to_uint8, to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode, faces, pictures, video
from facegen_jax.data.crops.kinds import KINDS
from facegen_jax.data.driving import Driving

_SHEET_COLUMNS = 8


def animate(
  workdir: pathlib.Path,
  source: pathlib.Path,
  driving: pathlib.Path,
  out: pathlib.Path,
  *,
  face_landmarker: str | None = None,
  view: str = 'crop',
  batch: int = 16,
  seed: int = 0,
  motion: str | None = None,
  adapt_scale: bool = True,
  best_start: bool = False,
) -> int:
  """Writes `out`, as long and at the times of `driving`, with its sound.

  Frames stream through: memory does not grow with the clip. The crop of each
  face is chosen once, so that nothing jitters. Sound is copied whole, even if
  it is longer than the pictures. Of a driver that moves the portrait it is
  logged in the end how many frames did not show the face, and whether its
  first one is unlike the portrait.

  Args:
    workdir: of a trained run whose system takes a source and a target, or a
      source and a driver.
    source: the portrait.
    driving: a clip, or a picture (then one second is written).
    out: an mp4; the sheet is `<out>.png`.
    face_landmarker: MediaPipe's model file.
    view: 'crop' or 'paste'.
    batch: frames generated at once.
    seed: of a network that draws at random.
    motion: how movement is transferred, of a system that takes a driver: one
      of its `modes`, None for the run's own.
    adapt_scale: likewise, see `looked.motion`; and `best_start`.
    best_start: see there.

  Returns:
    The number of frames written.

  Raises:
    UserError: files that are no picture or clip, no face, another run, a
      motion that it does not have.
  """
  picture = pictures.read(source)
  clip = Driving(driving)
  system, state, config = runs.open_generator(workdir)
  wanted.check(system, '--driving=CLIP', workdir, config.system)
  drives = 'driving' in system.TAKES
  if not drives:
    wanted.refuse(
      {'motion': motion, 'noadapt_scale': not adapt_scale}
      | {'best_start': best_start},
      f'{workdir}: a run of {config.system} moves in one way',
    )
  kind = portrait.trained_kind(config.data) if drives else KINDS['aligned']
  needed = not drives or looked.needs_faces(kind, system, best_start=best_start)
  with _landmarker(face_landmarker, needed) as landmarker:
    still = portrait.cut_out(
      landmarker, picture, source, kind, config.data.size
    )
    if drives:
      seen = looked.motion(
        clip,
        landmarker,
        still,
        kind,
        system,
        mode=motion,
        adapt_scale=adapt_scale,
        best_start=best_start,
      )
    else:
      seen = looked.expression(clip, landmarker, still, batch)
    generate = runs.generator(system, state, seed)
    made = _generated(clip, seen, generate, batch)
    count = _write(clip, made, still, portrait.shown(still, view), out, batch)
  for note in seen.notes():
    logging.warning('%s: %s', driving, note)
  print(f'{count} frames: {out}, sheet {out.with_suffix(".png")}')
  return count


def _landmarker(model: str | None, needed: bool) -> Any:
  """A face landmarker, or None where no face is looked for; for `with`."""
  return faces.Landmarker(model) if needed else contextlib.nullcontext()


def _write(
  clip: Driving,
  made: Iterator[tuple[video.Frame, np.ndarray, np.ndarray]],
  still: portrait.Portrait,
  shown: Callable[[np.ndarray], np.ndarray],
  out: pathlib.Path,
  batch: int,
) -> int:
  height, width, _ = shown(still.face).shape
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
    for frame, driver, patch in made:
      writer.write(shown(patch), frame.pts, frame.time_base)
      if count % every == 0 and len(rows) < _SHEET_COLUMNS:
        rows.append((driver, patch))
      count += 1
      if count % (8 * batch) == 0:
        progress.show(_pace(pace.tick(count), count, clip.length))
  progress.close()
  _sheet(out.with_suffix('.png'), still.face, rows)
  return count


def _pace(figures: dict[str, float], count: int, length: int) -> str:
  return (
    f'{count}/{length} frames, '
    f'{figures["steps_per_second"]:.1f} frames/s, '
    f'{clock.duration(figures["eta_seconds"])} left'
  )


def _generated(
  clip: Driving, seen: Looked, generate: Callable[..., np.ndarray], batch: int
) -> Iterator[tuple[video.Frame, np.ndarray, np.ndarray]]:
  """Frame, its crop, and the generated face, both uint8, one at a time."""
  for frames in video.batched(clip.frames(), batch):
    rows = [seen.frame(frame.picture) for frame in frames]
    short = [rows[-1]] * (batch - len(rows))  # one shape, one compile
    given = {
      name: as_unit(np.stack([row[name] for row in rows + short]))
      for name in rows[0]
    }
    made = to_uint8(generate(**given, **seen.fixed))
    drivers = [row[seen.name] for row in rows]
    yield from zip(frames, drivers, made, strict=False)


def _sheet(path: pathlib.Path, target: np.ndarray, rows: list) -> None:
  """Driving frames above, generated ones below, the portrait at the left."""
  target = to_unit(target)
  above = [np.ones_like(target)] + [to_unit(x) for x, _ in rows]
  below = [target] + [to_unit(patch) for _, patch in rows]
  Image.fromarray(sheet([above, below])).save(path)
