"""Sheets and a clip of edited faces, after the paper's Figures 1, 9 and 10."""

from collections.abc import Sequence
import pathlib

import numpy as np
from PIL import Image

from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode
from facegen_jax.data.vocabulary import EMOTIONS
from facegen_jax.protocols.units_model import NAMES, Model
from facegen_jax.protocols.units_nearer import Case, Compared
from facegen_jax.protocols.units_response import Edit, Operator
from facegen_jax.systems.au_transfer.edits import frames

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)  # of a unit's strength, Fig. 9
_COLUMNS = 8  # of samples, and of moments of an animation
_HOLD = 5  # frames of a clip at its apex


def save(path: pathlib.Path, rows: Sequence[Sequence[np.ndarray]]) -> None:
  """Rows of pictures h w 3 uint8 as one PNG."""
  shown = [[to_unit(x) for x in row] for row in rows]
  Image.fromarray(sheet(shown)).save(path)


def samples(path: pathlib.Path, pictures: np.ndarray, rows: int) -> None:
  """The first pictures n h w 3 uint8, some rows of eight."""
  few = pictures[: rows * _COLUMNS]
  save(path, [few[i : i + _COLUMNS] for i in range(0, len(few), _COLUMNS)])


def expressions(
  path: pathlib.Path,
  before: tuple[np.ndarray, np.ndarray],
  found: Compared,
  truths: np.ndarray,
  chosen: list[Case],
  rows: int,
) -> None:
  """Fig. 10: neutral and each expression, the truth above what is edited.

  Args:
    path: of the PNG.
    before: pictures of n people, and those of their codes, n h w 3 uint8.
    found: the k cases, edited.
    truths: k n h w 3 uint8.
    chosen: the cases.
    rows: people that are shown.
  """
  which = [i for i, case in enumerate(chosen) if case.name in EMOTIONS]
  lines = []
  for who in range(min(rows, len(before[0]))):
    lines.append([before[0][who], *truths[which, who]])
    lines.append([before[1][who], *found.made[which, who]])
  save(path, lines)


def units(
  path: pathlib.Path,
  model: Model,
  edit: Edit,
  code: np.ndarray,
  operator: Operator,
  strength: float,
  truth: np.ndarray | None,
) -> None:
  """Fig. 9: a row a unit, growing; last the truth (k h w 3), if it is known."""
  lines = []
  for i, row in enumerate(strength * np.eye(len(NAMES), dtype=np.float32)):
    edited = edit(code[None], row, operator)
    line = list(model.render(np.asarray(frames(code[None], edited, SHARES)[0])))
    lines.append(line if truth is None else [*line, truth[i]])
  save(path, lines)


def animation(
  path: pathlib.Path,
  model: Model,
  codes: np.ndarray,
  edited: np.ndarray,
) -> None:
  """Fig. 1: a row a code of n L w, from it to what it is edited to."""
  moments = np.linspace(0, 1, _COLUMNS)
  every = np.asarray(frames(codes, edited, moments))  # n k L w
  shown = model.render(every.reshape(-1, *codes.shape[1:]))
  save(path, shown.reshape(len(codes), _COLUMNS, *shown.shape[1:]))


def clip(
  path: pathlib.Path,
  model: Model,
  codes: np.ndarray,
  edited: np.ndarray,
  count: int,
  rate: float,
) -> None:
  """A row a person, a column an expression: to each and back.

  Args:
    path: of the mp4.
    model: draws.
    codes: n L w.
    edited: k n L w, of each expression.
    count: frames from the code to what it is edited to.
    rate: frames a second.
  """
  up = np.linspace(0, 1, max(count, 2))
  moments = np.concatenate([up, np.ones(_HOLD), up[::-1]])
  n, k = len(codes), len(edited)
  every = np.asarray(
    frames(np.tile(codes, (k, 1, 1)), edited.reshape(-1, *codes.shape[1:]), up)
  )
  shown = model.render(every.reshape(-1, *codes.shape[1:]))
  shown = to_unit(shown.reshape(k, n, len(up), *shown.shape[1:]))
  steps = np.rint(moments * (len(up) - 1)).astype(int)
  film = [sheet(list(map(list, np.swapaxes(shown, 0, 1)[:, :, t]))) for t in steps]
  height, width, _ = film[0].shape
  with encode.Writer(path, rate=rate, width=width, height=height) as writer:
    for frame in film:
      writer.write(frame)
