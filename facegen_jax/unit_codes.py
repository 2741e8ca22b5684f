"""Codes of graded faces, that boundaries of action units are fitted to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from facegen_jax.encoding import Encoder
from facegen_jax.systems.au_transfer.unit_config import search_of
from facegen_jax.systems.au_transfer.unit_faces import neutral


def encode(
  encoder: Encoder,
  units: Mapping[str, Any],
  pictures: np.ndarray,
  intensities: np.ndarray,
  people: Sequence[str],
) -> tuple[np.ndarray, dict[str, Any]]:
  """Codes n L w, and how they were found.

  Each picture's code is looked for as `config.encode` says. Where
  `config.units.from_rest` has iterations, only those of neutral faces are;
  then all faces of a person, the neutral ones again, move from the mean of
  these. What a search adds that no face shows (another of the many codes of
  one picture) is then the same in all of a person's codes, and cancels.
  People without a neutral face keep what they had.

  Args:
    encoder: of a run.
    units: `config.units`.
    pictures: n s s 3 uint8.
    intensities: n 12 in [0, 1].
    people: n, whose faces they are.
  """
  people, resting = np.asarray(people), neutral(intensities)
  how = encoder.how
  if units['iterations']:
    how = how._replace(iterations=units['iterations'])
  again = search_of(encoder.how, units)
  paired = np.isin(people, people[resting]) & (again is not None)
  own = resting | ~paired
  codes = np.zeros((len(pictures), encoder.layers, encoder.w), np.float32)
  found = encoder(pictures[own], how=how)
  codes[own] = found.codes
  told = {
    'start': encoder.start,
    'iterations': how.iterations,
    'faces': len(pictures),
    'people': len({*people}),
    'reached': int((found.reached >= 0).sum()),
    'loss': float(found.loss.mean()),
  }
  if paired.any():
    first = {
      who: codes[resting & (people == who)].mean(0) for who in {*people[paired]}
    }
    begun = np.stack([first[who] for who in people[paired]])
    codes[paired] = encoder(pictures[paired], begun, how=again).codes
    told |= {'from_rest': int(paired.sum()), 'then': again._asdict()}
  return codes, told
