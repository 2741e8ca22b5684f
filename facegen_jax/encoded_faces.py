"""Portraits encoded by a run, written with what they look like."""

from collections.abc import Iterator
import contextlib
import json
import pathlib
from typing import Any

from absl import logging
import numpy as np

from facegen_jax.animation import portrait
from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, pictures
from facegen_jax.data.crops.kinds import KINDS
from facegen_jax.encoding import Encoder, open_encoder
from facegen_jax.protocols import encoding_curves
from facegen_jax.report import chart
from facegen_jax.systems.au_transfer import codes
from facegen_jax.systems.au_transfer.encoding import Encoded
from facegen_jax.systems.au_transfer.encoding_config import STARTS

ALL = 'all'
CODES, CURVE, FIGURES, SHEET = (
  'codes.npz',
  'curve.svg',
  'encoding.json',
  'sheet.png',
)
_ROWS = 8  # pictures on the sheet


def write(
  workdir: pathlib.Path,
  source: pathlib.Path,
  out: pathlib.Path,
  *,
  start: str | None = None,
  seed: int = 0,
  aligned: bool = True,
  face_landmarker: str | None = None,
) -> codes.Codes:
  """Encodes a portrait, or a folder of them, into a folder.

  Of a folder, pictures without a face and damaged ones are told and left out.

  Args:
    workdir: of a trained run of au_transfer.
    source: the portrait or folder.
    out: for `codes.npz`, `NAME.png` a reconstruction, `sheet.png`, `curve.svg`
      and `encoding.json`, its figures.
    start: 'v', 'mean', 'random', 'all' (codes are v's then, and nothing stops
      before the last update), or None for the run's own.
    seed: of a random start.
    aligned: the face is cropped as the run's are; else the largest square is
      taken, as the paper says that it needs no alignment.
    face_landmarker: MediaPipe's model file.

  Raises:
    UserError: no picture, no face, another run, a folder that cannot be made.
  """
  paths = _paths(source)
  encoder = open_encoder(workdir)
  data = encoder.config.data
  kind = portrait.trained_kind(data) if aligned else KINDS['whole']
  names, given = _read(paths, kind, encoder.size, face_landmarker)
  _make(out)
  found = _encode(encoder, given, start, seed)
  first = next(iter(found))
  one = found[first]
  saved = codes.Codes(
    *(one.codes, np.array(names), one.loss, one.reached, one.trace),
    *(encoder.size, encoder.step, first, seed),
  )
  codes.write(out / CODES, saved)
  made = encoder.render(one.codes)
  for name, picture in zip(names, made, strict=True):
    pictures.write(out / f'{name}.png', picture)
  _figures(out, encoder, given, found)
  logging.info('%d codes: %s, beside it %s', len(names), out / CODES, SHEET)
  return saved


def _paths(source: pathlib.Path) -> list[pathlib.Path]:
  if not source.is_dir():
    return [source]
  found = sorted(
    p for p in source.iterdir() if p.suffix.lower() in pictures.SUFFIXES
  )
  if not found:
    raise UserError(f'--source={source} holds no picture; name another folder')
  stems = [p.stem for p in found]
  twice = next((s for s in stems if stems.count(s) > 1), None)
  if twice is not None:
    raise UserError(
      f'--source={source} holds several pictures called {twice}: rename one'
    )
  return found


def _read(
  paths: list[pathlib.Path], kind: Any, size: int, model: str | None
) -> tuple[list[str], np.ndarray]:
  """Names, and faces n s s 3 uint8."""
  names, found, detector = [], [], contextlib.nullcontext()
  if kind.place != 'centre':
    detector = faces.Landmarker(model)
  with detector as landmarker:
    for path, face in _faces(paths, landmarker, kind, size):
      names.append(path.stem)
      found.append(face)
  if not found:
    raise UserError(f'none of {len(paths)} pictures can be encoded; see above')
  return names, np.stack(found)


def _faces(
  paths: list[pathlib.Path], landmarker: Any, kind: Any, size: int
) -> Iterator[tuple[pathlib.Path, np.ndarray]]:
  for path in paths:
    try:
      picture = pictures.read(path)
      yield path, portrait.cut_out(landmarker, picture, path, kind, size).face
    except UserError as e:
      if len(paths) == 1:
        raise
      logging.warning('left out: %s', e)


def _make(out: pathlib.Path) -> None:
  try:
    out.mkdir(parents=True, exist_ok=True)
  except OSError as e:
    raise UserError(
      f'--out={out}: cannot be made ({e.strerror}); name another folder'
    ) from e


def _encode(
  encoder: Encoder, given: np.ndarray, start: str | None, seed: int
) -> dict[str, Encoded]:
  """By start; the first one's codes are kept."""
  keep = encoding_curves.moments(encoder.how.iterations)
  starts = STARTS if start == ALL else (start or encoder.start,)
  how = encoder.how._replace(stop=encoder.how.stop and start != ALL)
  return {s: encoder(given, s, keep, seed=seed, how=how) for s in starts}


def _figures(
  out: pathlib.Path,
  encoder: Encoder,
  given: np.ndarray,
  found: dict[str, Encoded],
) -> None:
  """The sheet, the curve and the figures, which are printed too."""
  shown = {
    way: encoding_curves.drawn(encoder.render, one, _ROWS)
    for way, one in found.items()
  }
  encoding_curves.draw(out / SHEET, given[:_ROWS], shown)
  traces = {way: one.trace for way, one in found.items()}
  told = encoding_curves.told(found, encoder.how.threshold)
  curve = encoding_curves.curve(traces)
  lines = [chart.Line(k, curve['x'], y) for k, y in curve['series'].items()]
  options = {'name': curve['name'], 'x_name': curve['x_name'], 'x_log2': True}
  (out / CURVE).write_text(chart.alone(lines, **options))
  figures = {'encoding': told, 'encoding_curves': [curve]}
  (out / FIGURES).write_text(json.dumps(figures, indent=2) + '\n')
  print(encoding_curves.text(told))
