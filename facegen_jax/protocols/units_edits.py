"""Held-out faces edited to units and expressions.

How they answer, how near they come to the truth, and how they look.
"""

from collections.abc import Sequence
import pathlib
from typing import Any

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS
from facegen_jax.protocols import (
  units_faces,
  units_nearer,
  units_pictures,
  units_response,
)
from facegen_jax.protocols.units_faces import Faces
from facegen_jax.protocols.units_model import Model
from facegen_jax.protocols.units_nearer import Case
from facegen_jax.protocols.units_response import OPERATORS, Operator
from facegen_jax.systems.au_transfer import edits

_UNDRAWN = 'nearer: the dataset cannot draw the truth'


class Edited:
  """The experiments on codes of neutral faces.

  Args:
    config: the run's.
    model: draws and looks.
    units: boundaries of the run; what has none is in `left_out`, as is an
      operator that cannot be used with them.
    people: n held-out people.
    codes: of their neutral pictures, n L w.

  Raises:
    UserError: no such operator in `config.units`, or one that cannot be used.
  """

  def __init__(
    self,
    config: Any,
    model: Model,
    units: Any,
    people: Faces,
    codes: np.ndarray,
  ):
    self._config, self._model, self._units = config, model, units
    self._people, self._codes = people, codes
    self._shown = chosen(config.units.mode, config.units.hold)
    self._pushed = [i for i, au in enumerate(AUS) if au in units.numbers]
    self._cases = units_nearer.cases(config.evaluate.strength, self._pushed)
    lacking = [f'AU{au}' for au in AUS if au not in units.numbers]
    self.left_out = [f'{name}: it has no boundary' for name in lacking]
    self._operators = [one for one in OPERATORS if self._works(one)]
    if self._shown not in self._operators:
      raise UserError(
        f'config.units.mode={self._shown.mode}, hold={self._shown.projected}: '
        f'{self.left_out[-1]}'
      )

  def _works(self, operator: Operator) -> bool:
    """Whether it can make every case; if not, `left_out` says why."""
    try:
      for case in self._cases:
        self.edit(self._codes[:1], case.strengths, operator)
    except UserError as e:
      self.left_out.append(f'{operator.name}: {e}')
      return False
    return True

  def edit(
    self, codes: np.ndarray, strengths: np.ndarray, operator: Operator
  ) -> np.ndarray:
    """Codes n L w with strengths (12,); a projected edit holds the rest."""
    rest = [au for au, e in zip(AUS, strengths, strict=True) if not e]
    return edits.edit(
      codes,
      self._units,
      strengths,
      mode=operator.mode,
      hold=rest if operator.projected else (),
    )

  def response(self, sampled: np.ndarray, noise: np.ndarray) -> dict[str, Any]:
    """Of held-out faces, and of sampled ones, by every operator.

    Args:
      sampled: codes m L w; none for none.
      noise: the judge's error for each unit, (12,).
    """
    names = [f'sample {i}' for i in range(len(sampled))]
    results: dict[str, Any] = {'operator': self._shown.name}
    for key, codes, who in (
      ('response', self._codes, self._people.subjects),
      ('response_samples', sampled, names),
    ):
      if len(codes):
        results |= self._responses(key, codes, who, noise)
    return results

  def _responses(
    self, key: str, codes: np.ndarray, who: Sequence[str], noise: np.ndarray
  ) -> dict[str, Any]:
    c = self._config.evaluate
    found = {
      one.name: units_response.respond(
        self._model, self.edit, codes, one, c.push, self._pushed
      )
      for one in self._operators
    }
    rows = {
      name: units_response.told(one, noise, subjects=who, seed=c.seed)
      for name, one in found.items()
    }
    return {key: rows, f'{key}_matrices': units_response.matrices(found)}

  def nearer(self, truths: np.ndarray | None) -> dict[str, Any]:
    """Against the truth (see `truths`), by every operator."""
    if truths is None:
      self.left_out.append(_UNDRAWN)
      return {}
    who, seed = self._people.subjects, self._config.evaluate.seed
    unedited, rows, each = self._model.render(self._codes), {}, {}
    for one in self._operators:
      made = np.stack([self._made(case, one) for case in self._cases])
      found = units_nearer.gaps(made, unedited, truths, self._people.neutral)
      rows[one.name] = units_nearer.told(found, self._cases, who, seed)
      each[one.name] = units_nearer.by_case(found, self._cases)
    return {'nearer': rows, 'nearer_by_case': each}

  def truths(self) -> np.ndarray | None:
    """How everybody truly shows each case, k n h w 3 uint8, if it is known."""
    wanted = np.stack([case.strengths for case in self._cases])
    return units_faces.truths(self._config.data, self._people, wanted)

  def _made(self, case: Case, operator: Operator) -> np.ndarray:
    return self._model.render(self.edit(self._codes, case.strengths, operator))

  def pictures(
    self, folder: pathlib.Path, truths: np.ndarray | None
  ) -> list[dict[str, str]]:
    """Figures 1, 9 and 10, and a clip; their names for the report."""
    c = self._config.evaluate
    few = units_pictures.People(
      self._people.neutral[: c.rows],
      self._codes[: c.rows],
      None if truths is None else truths[:, : c.rows],
    )
    return units_pictures.draw(
      folder,
      self._model,
      lambda codes, e: self.edit(codes, e, self._shown),
      few,
      self._cases,
      frames=c.frames,
    )


def chosen(mode: str, projected: bool) -> Operator:
  """The operator of these names.

  Raises:
    UserError: there is none.
  """
  wanted = Operator(mode, projected)
  if wanted not in OPERATORS:
    raise UserError(
      f'config.units.mode={mode!r}: choose one of '
      f'{", ".join(dict.fromkeys(one.mode for one in OPERATORS))}'
    )
  return wanted
