"""How far the run's judge can be trusted: its error on held-out people."""

from typing import Any

import numpy as np

from facegen_jax.metrics.action_units import concordance, pearson
from facegen_jax.metrics.extractors.extractor import features
from facegen_jax.protocols.intervals import finite
from facegen_jax.protocols.units_faces import Graded
from facegen_jax.protocols.units_model import NAMES, Model


def errors(model: Model, training: Graded, held_out: Graded) -> dict[str, Any]:
  """Of each action unit on n pictures of people the judge has never seen.

  `trivial_mae` is that of always saying the mean of the training pictures.
  Units that no picture is graded for have null.
  """
  said, true = model.judged(held_out.pictures), held_out.intensities
  usual = training.intensities.mean(0)
  columns = {
    'mae': np.abs(said - true).mean(0),
    'trivial_mae': np.abs(usual - true).mean(0),
    'pearson': pearson(said, true),
    'ccc': concordance(said, true),
  }
  found: dict[str, Any] = {
    'extractor': model.units.name,
    'licence': model.units.licence,
    'pictures': len(true),
    'people': len(set(held_out.subjects)),
  }
  for name, column in columns.items():
    found[f'mean_{name}'] = _mean(column)
  found['units'] = list(NAMES)
  found |= {k: [finite(x) for x in column] for k, column in columns.items()}
  return found


def _mean(column: np.ndarray) -> float | None:
  known = column[np.isfinite(column)]
  return float(known.mean()) if len(known) else None


def people(model: Model, held_out: Graded) -> dict[str, Any]:
  """Cosines of pictures of one person, and of different people.

  `nearest_share`: of pictures whose most alike other picture is of the same
  person.
  """
  rows = features(model.identity, held_out.pictures).rows
  cosine = rows @ rows.T
  names = np.array(held_out.subjects)
  same = names[:, None] == names[None]
  off = ~np.eye(len(names), dtype=bool)
  nearest = np.where(off, cosine, -np.inf).argmax(1)
  return {
    'extractor': model.identity.name,
    'licence': model.identity.licence,
    'one_person': _known(cosine[same & off]),
    'different_people': _known(cosine[~same]),
    'nearest_share': float((names[nearest] == names).mean()),
  }


def _known(values: np.ndarray) -> float | None:
  return float(values.mean()) if len(values) else None
