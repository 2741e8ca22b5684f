"""The two operators of latent codes: addition and interpolation (3.3, 3.4)."""

from collections.abc import Sequence

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer.boundaries import decoupled
from facegen_jax.systems.au_transfer.descriptors import named
from facegen_jax.systems.au_transfer.unit_file import Units

MODES = ('add', 'set', 'shift')
EASINGS = ('linear', 'smooth')


def edit(
  codes: np.ndarray,
  units: Units,
  strengths: np.ndarray,
  *,
  mode: str = 'add',
  hold: Sequence[int] = (),
  layers: int = 0,
  multiple: float = 0.0,
) -> np.ndarray:
  """Codes with an expression: f_B(z) of equation 3.

  'add' adds e_i g_i b_i' for each unit, b_i' being b_i without what it shares
  with the held normals. The gain g_i = m_i - d_i(w) leads to where faces with
  the unit are on average; a step of length 1, as printed, is invisible.

  'set' is the shortest move that brings d_i(w) to n_i + e_i (m_i - n_i), from
  neutral faces' mean distance to that of faces with the unit, of all pushed
  units at once, and leaves the held distances: a face that shows a unit
  already moves less.

  'shift' is the shortest move that changes d_i(w) by e_i (m_i - n_i),
  whatever it was: for faces at rest, whose own d_i(w) tells more of who they
  are and how they were encoded than of the unit.

  Args:
    codes: b L w.
    units: the fitted boundaries.
    strengths: (12,) by `AUS`, see `descriptors`; units with 0 are not pushed.
    mode: of `MODES`.
    hold: numbers of units whose distance stays, unless they are pushed.
    layers: change only the first so many rows; 0 = all that `units` has.
    multiple: of 'add': gains are so many deviations s_i of the training codes.

  Returns:
    b L w float32.

  Raises:
    UserError: no such mode; a pushed unit has no boundary, or nothing of it is
      left beside the held ones.
  """
  if mode not in MODES:
    raise UserError(f'no operator {mode!r}: there is {", ".join(MODES)}')
  codes = np.asarray(codes, np.float64)
  strengths = np.asarray(strengths, np.float64)
  pushed, held = _parted(units, strengths, hold)
  e = strengths[[AUS.index(units.numbers[i]) for i in pushed]]
  d = units.distances(codes)[:, pushed]
  m, n = units.mean_positive[pushed], units.mean_neutral[pushed]
  beside = units.normals[held]
  if mode == 'add':
    gains = multiple * units.spread[pushed] + 0 * d if multiple else m - d
    ways = units.normals[pushed]  # a copy
    for i, normal in enumerate(ways):
      ways[i] = decoupled(normal, beside)
    move = e * gains @ ways
  else:
    changes = e * (m - n) + (n - d if mode == 'set' else 0 * d)
    changes = np.pad(changes, ((0, 0), (0, len(held))))
    move = shortest(np.concatenate([units.normals[pushed], beside]), changes)
  return np.float32(codes + spread_over(move, units, layers))


def missing(units: Units, strengths: np.ndarray) -> tuple[int, ...]:
  """Numbers of the pushed units that have no boundary."""
  pairs = zip(AUS, strengths, strict=True)
  return tuple(au for au, e in pairs if e and au not in units.numbers)


def _parted(
  units: Units, strengths: np.ndarray, hold: Sequence[int]
) -> tuple[list[int], list[int]]:
  """Indices of the pushed and of the held boundaries."""
  if lacking := missing(units, strengths):
    raise UserError(
      f'no boundary of {named(lacking)}: too few people show it; there is '
      f'{", ".join(units.names)}'
    )
  pushed = [i for i, au in enumerate(units.numbers) if strengths[AUS.index(au)]]
  held = [
    i for i, au in enumerate(units.numbers) if au in hold and i not in pushed
  ]
  return pushed, held


def shortest(normals: np.ndarray, changes: np.ndarray) -> np.ndarray:
  """The shortest moves, b d, that change distances as wanted.

  Args:
    normals: k d; collinear ones are met as well as they can be.
    changes: b k of the distances along them.
  """
  return np.linalg.lstsq(normals, changes.T, rcond=1e-8)[0].T


def spread_over(move: np.ndarray, units: Units, layers: int = 0) -> np.ndarray:
  """A move in the boundaries' space, b d, as one of W+, b L w.

  In 'w' every row moves alike, so that their mean moves by it.

  Args:
    move: b d.
    units: tells the space, and the rows that it was fitted to.
    layers: of these only the first so many move; 0 = all.
  """
  rows = min(layers, units.rows) if layers else units.rows
  whole = np.zeros((len(move), units.layers, units.w))
  apart = -1 if units.space == 'wplus' else 1
  whole[:, : units.rows] = move.reshape(len(move), apart, units.w)
  whole[:, rows:] = 0
  return whole


def schedule(
  count: int, easing: str = 'linear', *, back: bool = False
) -> np.ndarray:
  """Coefficients lambda, (count,) in [0, 1], D of equation 5.

  Args:
    count: of frames, 2 or more.
    easing: 'linear' or 'smooth', slow at both ends.
    back: 1 in the middle and 0 again at the end.
  """
  x = np.linspace(0, 1, count)
  x = 1 - abs(2 * x - 1) if back else x
  return x * x * (3 - 2 * x) if easing == 'smooth' else x


def frames(
  codes: np.ndarray, edited: np.ndarray, coefficients: np.ndarray
) -> np.ndarray:
  """The animation's codes w + lambda (f_B(w) - w), k b L w float32.

  Equation 5 as it must be meant: from the face as it is to the edited one.
  """
  coefficients = np.reshape(coefficients, (-1,) + (1,) * np.ndim(codes))
  return np.float32(codes + coefficients * (np.subtract(edited, codes)))


def literal_distance(
  codes: np.ndarray, normal: np.ndarray, intercept: float
) -> np.ndarray:
  """Equation 2 as printed, f(z) = z + d(b, z) b; codes b d.

  A neutral code, whose distance is negative, moves away from the unit.
  """
  d = codes @ normal + intercept
  return codes + d[:, None] * normal


def literal_interpolation(
  codes: np.ndarray,
  normals: np.ndarray,
  strengths: np.ndarray,
  coefficients: np.ndarray,
) -> np.ndarray:
  """Equation 5 as printed, Z = D (z_x + E^T B): codes b d -> k b d.

  lambda = 0 gives the zero code instead of the face as it is.
  """
  edited = codes + np.asarray(strengths) @ normals
  return np.multiply.outer(np.asarray(coefficients), edited)
