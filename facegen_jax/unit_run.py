"""Fits boundaries of action units to the faces of a trained run's generator."""

import contextlib
import pathlib
from typing import Any, NamedTuple

from absl import logging
import numpy as np

from facegen_jax import runs, unit_codes
from facegen_jax.animation import portrait
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data import datasets, faces, pictures, unit_labels
from facegen_jax.data.clips import Clips
from facegen_jax.data.crops.kinds import KINDS
from facegen_jax.encoding import SYSTEM, Encoder
from facegen_jax.systems.au_transfer import unit_faces, unit_file, unit_fit
from facegen_jax.systems.au_transfer.boundaries import cosines
from facegen_jax.systems.au_transfer.unit_config import how_of
from facegen_jax.systems.au_transfer.unit_file import Units
from facegen_jax.systems.au_transfer.unit_planes import How
from facegen_jax.systems.base import System


class Shown(NamedTuple):
  """Pictures that boundaries are fitted to.

  Attributes:
    pictures: n s s 3 uint8, aligned.
    intensities: n 12 in [0, 1].
    people: n names.
    source: what they are.
  """

  pictures: np.ndarray
  intensities: np.ndarray
  people: np.ndarray
  source: dict[str, Any]


def fit(
  workdir: pathlib.Path,
  *,
  labels: pathlib.Path | None = None,
  align: bool = True,
  face_landmarker: str | None = None,
  values: dict[str, Any] | None = None,
) -> Units:
  """Writes `workdir/units.npz` and units.json, and prints their table.

  The people are those that the run was trained on.

  Args:
    workdir: of a trained run of au_transfer.
    labels: a CSV of pictures in place of the run's dataset, see
      `data.unit_labels`.
    align: whether the faces of `labels` are cut out; without, they are the
      pictures' middle squares.
    face_landmarker: MediaPipe's model file, for `labels`.
    values: in place of those of `config.units`.

  Raises:
    UserError: another run, no graded faces, values that do not exist.
  """
  system, state, config = runs.open_generator(workdir)
  if config.system != SYSTEM:
    raise UserError(
      f'{workdir}: a run of {config.system} has no codes; name one of {SYSTEM}'
    )
  units = dict(config.units) | (values or {})
  how = how_of(units)
  if labels is None:
    shown = of_clips(datasets.load(config.data), units)
  else:
    shown = of_labels(labels, config, align, face_landmarker)
  fitted = of_run(system, state, config, shown, how)
  unit_file.write(workdir / unit_file.NAME, fitted)
  print(table(fitted))
  return fitted


def of_clips(data: datasets.Dataset, units: dict[str, Any]) -> Shown:
  """Frames of the training people, see `unit_faces.choose`."""
  clips: Clips = data.train
  chosen = unit_faces.choose(
    clips,
    least=units['least'],
    most=units['most'],
    people=units.get('people', 0),
  )
  return Shown(
    np.stack([clips[i].picture(t) for i, t in chosen]),
    np.stack([clips[i].au_intensities[t] for i, t in chosen]),
    np.array([clips[i].subject for i, _ in chosen]),
    {'data': data.described},
  )


def of_labels(
  path: pathlib.Path, config: Any, align: bool, face_landmarker: str | None
) -> Shown:
  """Pictures of a CSV, cut as the run's faces were."""
  rows = unit_labels.read(path)
  kind = portrait.trained_kind(config.data) if align else KINDS['whole']
  found = contextlib.nullcontext()
  if kind.place != 'centre':
    found = faces.Landmarker(face_landmarker)
  with found as landmarker:
    cut = [
      portrait.cut_out(
        landmarker, pictures.read(row.path), row.path, kind, config.data.size
      ).face
      for row in rows
    ]
  if not rows[0].person:
    logging.warning(
      '%s: no column person: each picture counts as a person of its own, and '
      'accuracy on people left out is too good where they come again',
      path,
    )
  people = [row.person or f'picture {i}' for i, row in enumerate(rows)]
  intensities = np.stack([row.intensities for row in rows])
  return Shown(
    np.stack(cut), intensities, np.array(people), {'labels': path.name}
  )


def of_run(
  system: System, state: State, config: Any, shown: Shown, how: How
) -> Units:
  """Boundaries between the codes of pictures; notes are logged."""
  # Before what takes long.
  notes = unit_fit.shown_units(shown.intensities, shown.people, how)[1]
  for note in notes:
    logging.warning('%s', note)
  encoder = Encoder(system, state, config)
  codes, told = unit_codes.encode(encoder, config.units, how, *shown[:3])
  fitted = unit_fit.fit(codes, shown.intensities, shown.people, how)
  about = unit_file.about(config, system.layers, state)
  return Units(
    **fitted.units | about,
    provenance=fitted.how._asdict() | {'encoding': told} | shown.source,
  )


def table(units: Units) -> str:
  """Figures of each unit, and the cosines between their normals."""
  head = 'unit  faces people  accuracy left out     m_i     n_i     s_i'
  rows = [
    f'{name:5} {n:5d} {people:6d} {train:9.3f} {held:8.3f} '
    f'{m:+7.2f} {rest:+7.2f} {s:7.2f}'
    for name, (n, _, people, _), train, held, m, rest, s in zip(
      units.names,
      units.counts,
      units.accuracy_train,
      units.accuracy_held,
      units.mean_positive,
      units.mean_neutral,
      units.spread,
      strict=True,
    )
  ]
  sides = zip(units.names, cosines(units.normals), strict=True)
  matrix = [
    'cosines   ' + ' '.join(f'{name:>5}' for name in units.names),
    *(f'{n:9} ' + ' '.join(f'{x:5.2f}' for x in row) for n, row in sides),
  ]
  neutral = f'{units.counts[0, 1]} neutral faces of {units.counts[0, 3]} people'
  place = f'in {units.space}, rows 0 to {units.rows - 1} of {units.layers}'
  return '\n'.join([f'{neutral}; {place}', head, *rows, '', *matrix])
