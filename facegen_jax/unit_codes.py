"""Codes of graded faces, that boundaries of action units are fitted to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from facegen_jax.core.levels import to_unit
from facegen_jax.encoding import Encoder
from facegen_jax.systems.au_transfer import walk
from facegen_jax.systems.au_transfer.unit_config import walk_of
from facegen_jax.systems.au_transfer.unit_faces import neutral
from facegen_jax.systems.au_transfer.unit_planes import How


def encode(
  encoder: Encoder,
  units: Mapping[str, Any],
  how: How,
  pictures: np.ndarray,
  intensities: np.ndarray,
  people: Sequence[str],
) -> tuple[np.ndarray, dict[str, Any]]:
  """Codes n L w, and how they were found.

  Each picture's code is looked for as `config.encode` says. But where normals
  are 'walked', only a neutral face of each person is; all others of the person
  are where `walk` has them from there. People without a neutral face are
  encoded whatever they show.

  Args:
    encoder: of a run.
    units: `config.units`.
    how: of the fit.
    pictures: n s s 3 uint8.
    intensities: n 12 in [0, 1].
    people: n, whose faces they are.

  Raises:
    UserError: see `unit_config.walk_of`, `Encoder`.
  """
  by = walk_of(units) if how.normal == 'walked' else None
  people, resting = np.asarray(people), neutral(intensities)
  who, place = np.unique(people[resting], return_index=True)
  first = np.flatnonzero(resting)[place]
  walked = np.isin(people, who) & (by is not None)
  walked[first] = False
  search = encoder.how
  if units['iterations']:
    search = search._replace(iterations=units['iterations'])
  codes = np.zeros((len(pictures), encoder.layers, encoder.w), np.float32)
  found = encoder(pictures[~walked], how=search)
  codes[~walked] = found.codes
  told = {
    'start': encoder.start,
    'iterations': search.iterations,
    'faces': int((~walked).sum()),
    'people': len({*people}),
    'reached': int((found.reached >= 0).sum()),
    'loss': float(found.loss.mean()),
  }
  if walked.any():
    faces = walk.Faces(
      pictures[walked],
      np.float32(intensities[walked]),
      np.searchsorted(who, people[walked]).astype(np.int32),
      codes[first],
      encoder.draw(codes[first]) - to_unit(pictures[first]),
    )
    codes[walked], then = _walked(encoder, faces, how, by)
    told |= {'walk': then}
  return codes, told


def _walked(
  encoder: Encoder, faces: walk.Faces, how: How, by: walk.How
) -> tuple[np.ndarray, dict[str, Any]]:
  moved = min(how.rows, encoder.layers) or encoder.layers
  rows = 1 if how.space == 'w' else moved
  ways, losses = encoder.directions(faces, by, rows=rows, moved=moved)
  tenth = -(-len(losses) // 10)
  told = {'faces': len(faces.pictures)} | by._asdict()
  told |= {
    'first_loss': float(losses[:tenth].mean()),
    'last_loss': float(losses[-tenth:].mean()),
  }
  return walk.at(faces.codes[faces.whose], faces.shown, ways, moved), told
