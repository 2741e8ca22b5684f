"""Expression descriptors: the strength of each action unit (section 3.4)."""

from collections.abc import Iterable, Mapping
import re

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS, EMOTIONS

LEAST, MOST = -1.0, 2.0  # strengths; the paper's are in [0, 1]

# The units that make an expression up. Happiness is the paper's own, [0, 0, 0,
# 0, 1, 0, 1, 0, 0, 0, 1, 0]; the others are EMFACS' as far as the twelve go.
_UNITS = {
  'anger': (4, 5, 17),
  'disgust': (4, 9, 15, 17),
  'fear': (1, 2, 4, 5, 20, 25),
  'happiness': (6, 12, 25),
  'sadness': (1, 4, 15, 17),
  'surprise': (1, 2, 5, 25, 26),
}


def descriptor(strengths: Mapping[int, float]) -> np.ndarray:
  """Strengths by unit number -> (12,) float32 in the order of `AUS`."""
  return np.float32([strengths.get(au, 0.0) for au in AUS])


# E_y of the six expressions, (12,) each.
EXPRESSIONS: dict[str, np.ndarray] = {
  name: descriptor(dict.fromkeys(_UNITS[name], 1.0)) for name in EMOTIONS
}


def parse(text: str) -> np.ndarray:
  """'AU6=1,AU12=0.5' -> (12,) strengths in the order of `AUS`.

  Raises:
    UserError: another form, a unit that is not one of the twelve or is named
      twice, a strength outside [-1, 2].
  """
  strengths: dict[int, float] = {}
  for part in text.split(','):
    number, strength = _one(part.strip())
    if number in strengths:
      raise UserError(f'--aus={text}: AU{number} is named twice')
    strengths[number] = strength
  return descriptor(strengths)


def _one(part: str) -> tuple[int, float]:
  match = re.fullmatch(r'AU0*(\d+)\s*=\s*(\S+)', part, re.IGNORECASE)
  try:
    number, strength = int(match[1]), float(match[2])
  except (TypeError, ValueError) as error:
    raise UserError(
      f'--aus: {part!r} is no unit and strength; write AU6=1,AU12=0.5'
    ) from error
  if number not in AUS:
    raise UserError(f'--aus: no unit AU{number}; there is {named(AUS)}')
  if not LEAST <= strength <= MOST:
    raise UserError(
      f'--aus: AU{number}={match[2]} is outside [{LEAST:g}, {MOST:g}]; 1 is '
      'the unit as strong as in the faces that its boundary was fitted to'
    )
  return number, strength


def named(units: Iterable[int]) -> str:
  """'AU6, AU12'."""
  return ', '.join(f'AU{au}' for au in units)
