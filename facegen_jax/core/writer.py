"""Metrics to `metrics.jsonl` and TensorBoard, sheets to PNG."""

import json
import math
import pathlib
from typing import Any

import numpy as np
from PIL import Image
from tensorboardX import SummaryWriter

from facegen_jax.core.levels import to_uint8


class Writer:
  """Writes into a workdir, going on after a restart without double lines.

  Args:
    workdir: the run's folder.
    step: the step that training goes on from. Later lines of an earlier,
      broken process are dropped, so the log is that of an unbroken run.
    active: False on all processes but the first.
  """

  def __init__(self, workdir: pathlib.Path, *, step: int, active: bool = True):
    self._workdir, self._active = workdir, active
    if not active:
      return
    workdir.mkdir(parents=True, exist_ok=True)
    self._path = workdir / 'metrics.jsonl'
    _drop_after(self._path, step)
    self._board = SummaryWriter(
      str(workdir / 'tensorboard'), purge_step=step + 1
    )

  def scalars(self, step: int, values: dict[str, float], **labels: Any) -> None:
    """One line of figures; NaN and infinity become null in JSON."""
    if not self._active:
      return
    finite = {
      k: round(float(v), 7) if math.isfinite(v) else None
      for k, v in values.items()
    }
    with self._path.open('a') as f:
      f.write(json.dumps({'step': step, **labels, **finite}) + '\n')
    for name, value in values.items():
      self._board.add_scalar(name, value, step)

  def picture(self, name: str, step: int, picture: np.ndarray) -> None:
    """A sheet, uint8 `h w 3`, into `sheets/<name>_<step>.png`."""
    if not self._active:
      return
    folder = self._workdir / 'sheets'
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture).save(folder / f'{name}_{step:08}.png')
    self._board.add_image(name, picture, step, dataformats='HWC')

  def close(self) -> None:
    """Flushes what is still in memory."""
    if self._active:
      self._board.close()


def _drop_after(path: pathlib.Path, step: int) -> None:
  if not path.exists():
    return
  kept = []
  for line in path.read_text().splitlines(keepends=True):
    try:
      if json.loads(line)['step'] <= step and line.endswith('\n'):
        kept.append(line)
    except (ValueError, KeyError):  # the line that a kill cut short
      continue
  part = path.with_suffix('.part')
  part.write_text(''.join(kept))
  part.replace(path)


def sheet(rows: list[list[np.ndarray]], gap: int = 2) -> np.ndarray:
  """A white sheet of pictures: rows of `h w 3`, all of one size, in [-1, 1]."""
  height, width, _ = rows[0][0].shape
  columns = max(len(row) for row in rows)
  out = np.full(
    (
      len(rows) * (height + gap) - gap,
      columns * (width + gap) - gap,
      3,
    ),
    255,
    np.uint8,
  )
  for r, row in enumerate(rows):
    for c, picture in enumerate(row):
      y, x = r * (height + gap), c * (width + gap)
      out[y : y + height, x : x + width] = to_uint8(picture)
  return out
