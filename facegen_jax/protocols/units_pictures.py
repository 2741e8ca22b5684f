"""Sheets and a clip of edited faces, after the paper's Figures 1, 9 and 10."""

from collections.abc import Callable, Sequence
import pathlib
from typing import NamedTuple

import numpy as np
from PIL import Image

from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode
from facegen_jax.protocols.units_model import NAMES, Model
from facegen_jax.protocols.units_nearer import Case
from facegen_jax.systems.au_transfer.edits import frames as moments_of

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)  # of a unit's strength, Fig. 9
_COLUMNS = 8  # of samples, and of moments of an animation
_HOLD = 5  # frames of a clip at its apex
_RATE = 12.5  # frames a second
_ANIMATED = 'happiness'  # Fig. 1

Edit = Callable[[np.ndarray, np.ndarray], np.ndarray]  # codes n L w, (12,)


class People(NamedTuple):
  """Those that are shown: n pictures, their codes, the truth of k cases."""

  pictures: np.ndarray  # n h w 3 uint8
  codes: np.ndarray  # n L w
  truths: np.ndarray | None  # k n h w 3 uint8


def save(path: pathlib.Path, rows: Sequence[Sequence[np.ndarray]]) -> None:
  """Rows of pictures h w 3 uint8 as one PNG."""
  shown = [[to_unit(x) for x in row] for row in rows]
  Image.fromarray(sheet(shown)).save(path)


def samples(path: pathlib.Path, pictures: np.ndarray, rows: int) -> None:
  """The first pictures n h w 3 uint8, some rows of eight."""
  few = pictures[: rows * _COLUMNS]
  save(path, [few[i : i + _COLUMNS] for i in range(0, len(few), _COLUMNS)])


def draw(
  folder: pathlib.Path,
  model: Model,
  edit: Edit,
  people: People,
  cases: Sequence[Case],
  frames: int,
) -> list[dict[str, str]]:
  """`sheet.png`, `units.png`, `animation.png`, `clip.mp4`.

  Args:
    folder: for them.
    model: draws.
    edit: edits.
    people: who; the first one's single units are shown.
    cases: single units and expressions.
    frames: of the clip, from neutral to an apex.

  Returns:
    A name and a file each, of those that the report does not know by itself.
  """
  alone = [i for i, case in enumerate(cases) if case.name in NAMES]
  # Where no expression is to be had, its place is a unit's.
  wanted = [i for i in range(len(cases)) if i not in alone] or alone
  edited = np.stack([edit(people.codes, cases[i].strengths) for i in wanted])
  truths = None if people.truths is None else people.truths[wanted]
  _expressions(folder / 'sheet.png', model, people, edited, truths)
  _units(folder / 'units.png', model, edit, people, cases, alone)
  names = [cases[i].name for i in wanted]
  which = names.index(_ANIMATED) if _ANIMATED in names else 0
  _animation(folder / 'animation.png', model, people.codes, edited[which])
  _clip(folder / 'clip.mp4', model, people.codes, edited, frames)
  shares = ', '.join(f'{x:g}' for x in SHARES)
  last = '' if people.truths is None else ', then the truth at 1'
  return [
    {'name': f'units by themselves, {shares}{last}', 'picture': 'units.png'},
    {'name': f'neutral to {names[which]}', 'picture': 'animation.png'},
  ]


def _expressions(
  path: pathlib.Path,
  model: Model,
  people: People,
  edited: np.ndarray,
  truths: np.ndarray | None,
) -> None:
  """Fig. 10: neutral and each expression, the truth above the edited."""
  lines = []
  before = model.render(people.codes)
  made = _rendered(model, edited)
  for who in range(len(before)):
    if truths is not None:
      lines.append([people.pictures[who], *truths[:, who]])
    lines.append([before[who], *made[:, who]])
  save(path, lines)


def _units(
  path: pathlib.Path,
  model: Model,
  edit: Edit,
  people: People,
  cases: Sequence[Case],
  alone: Sequence[int],
) -> None:
  """Fig. 9: a row a unit, growing; last the truth, where it is known."""
  code, lines = people.codes[:1], []
  for i in alone:
    edited = edit(code, cases[i].strengths)
    line = [*_rendered(model, np.stack(moments_of(code, edited, SHARES)))[:, 0]]
    if people.truths is not None:
      line.append(people.truths[i, 0])
    lines.append(line)
  save(path, lines)


def _animation(
  path: pathlib.Path, model: Model, codes: np.ndarray, edited: np.ndarray
) -> None:
  """Fig. 1: a row a person, from its code to what that is edited to."""
  shares = np.linspace(0, 1, _COLUMNS)
  shown = _rendered(model, moments_of(codes, edited, shares))
  save(path, list(shown.swapaxes(0, 1)))


def _clip(
  path: pathlib.Path,
  model: Model,
  codes: np.ndarray,
  edited: np.ndarray,
  count: int,
) -> None:
  """A row a person, a column an expression (k n L w): there and back."""
  shares = np.linspace(0, 1, max(count, 2))
  columns = [
    to_unit(_rendered(model, moments_of(codes, one, shares))) for one in edited
  ]
  last = len(shares) - 1
  times = [*range(last), *[last] * _HOLD, *range(last, -1, -1)]
  film = [
    sheet([[column[t, who] for column in columns] for who in range(len(codes))])
    for t in times
  ]
  height, width, _ = film[0].shape
  with encode.Writer(path, rate=_RATE, width=width, height=height) as writer:
    for frame in film:
      writer.write(frame)


def _rendered(model: Model, codes: np.ndarray) -> np.ndarray:
  """Pictures k n h w 3 uint8 of codes k n L w."""
  codes = np.asarray(codes)
  shown = model.render(codes.reshape(-1, *codes.shape[2:]))
  return shown.reshape(*codes.shape[:2], *shown.shape[1:])
