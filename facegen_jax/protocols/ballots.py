"""Pairs of clips side by side for raters who cannot tell the methods.

The micro-expression paper's public evaluation (section IV-F): of two methods'
clips of one portrait and driver a rater chooses one. `studies.ballots` counts
the choices.
"""

from collections.abc import Mapping, Sequence
import csv
import itertools
import pathlib
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import encode
from facegen_jax.data.progress import Counted
from facegen_jax.protocols import footage

KEY = ('token', 'item', 'method_a', 'method_b', 'left')
FORM = ('token', 'choice')
_GAP = 16  # white pixels between the two
_CRF = 6  # nothing of a micro-expression is lost
_FPS = 25.0  # of folders of pictures


class Shown(NamedTuple):
  """One video: `left` names the method on the left; of `KEY`."""

  token: str
  item: str
  method_a: str
  method_b: str
  left: str


def make(
  methods: Mapping[str, footage.Listing],
  out: pathlib.Path,
  *,
  raters: int,
  seed: int,
) -> list[Shown]:
  """Writes videos, a form a rater, and the key that raters must not see.

  Every two methods are compared on all clips that they share by name, the
  first given being the one expected to win. Of each comparison there are two
  videos, one with either side; a rater sees one of them, half of all with the
  first method at the left, in an order of his own.

  Args:
    methods: folders of clips by method, at least two.
    out: receives `clips/TOKEN.mp4`, `forms/rater_01.csv` ... and key.csv.
    raters: how many forms.
    seed: of tokens, sides and orders.

  Raises:
    UserError: fewer than two methods, folders of other pairs, clips of
      another size, or a place that is taken.
  """
  if len(methods) < 2:
    raise UserError('--generated: name two methods or more to compare')
  if (out / 'key.csv').exists():
    raise UserError(f'{out} holds ballots already: give another --out')
  rng = np.random.default_rng(seed)
  shown = _all_shown(methods, rng)
  (out / 'clips').mkdir(parents=True, exist_ok=True)
  (out / 'forms').mkdir(exist_ok=True)
  progress = Counted('videos')
  for i, one in enumerate(shown, 1):
    _write(out / 'clips' / f'{one.token}.mp4', methods, one)
    progress('written', i, len(shown))
  for rater in range(1, raters + 1):
    rows = [(token, '') for token in _form(shown, rng)]
    _table(out / 'forms' / f'rater_{rater:02}.csv', FORM, rows)
  _table(out / 'key.csv', KEY, shown)
  return shown


def _all_shown(
  methods: Mapping[str, footage.Listing], rng: np.random.Generator
) -> list[Shown]:
  """Both sides of every item of every comparison, one after the other."""
  found = []
  for a, b in itertools.combinations(methods, 2):
    for item in _shared(methods[a], methods[b]):
      found += [(item, a, b, a), (item, a, b, b)]
  tokens = rng.choice(36**5, len(found), replace=False)
  names = [np.base_repr(token, 36).zfill(5).lower() for token in tokens]
  return [
    Shown(*row) for row in zip(names, *zip(*found, strict=True), strict=True)
  ]


def _shared(a: footage.Listing, b: footage.Listing) -> list[str]:
  """Names of clips that both have, of one portrait and driver each."""
  shared = sorted(a.clips.keys() & b.clips.keys())
  if not shared:
    raise UserError(f'{a.root} and {b.root} share no clip: compare like pairs')
  one, other = _pairs(a.root), _pairs(b.root)
  for name in shared:
    if one.get(name) != other.get(name):
      raise UserError(
        f'{a.root} and {b.root}: {name} is not of one portrait and driver '
        '(pairs.csv); transfer with the same --pairs and --seed'
      )
  return shared


def _pairs(root: pathlib.Path) -> dict[str, tuple[str, ...]]:
  """What pairs.csv says of each clip; nothing where it is not there."""
  path = root / 'pairs.csv'
  if not path.is_file():
    return {}
  with path.open(newline='') as file:
    rows = csv.reader(file)
    return {pathlib.PurePath(r[0]).stem: tuple(r[1:]) for r in rows if r}


def _form(shown: Sequence[Shown], rng: np.random.Generator) -> list[str]:
  """The tokens that a rater sees, in his order."""
  items = [shown[i : i + 2] for i in range(0, len(shown), 2)]
  sides = rng.permutation(np.arange(len(items)) % 2)
  tokens = [two[side].token for two, side in zip(items, sides, strict=True)]
  return [tokens[i] for i in rng.permutation(len(tokens))]


def _write(
  path: pathlib.Path, methods: Mapping[str, footage.Listing], one: Shown
) -> None:
  names = (one.method_a, one.method_b)
  names = names if one.left == one.method_a else names[::-1]
  clips = [methods[name].clips[one.item] for name in names]
  left, right = (footage.read(clip) for clip in clips)
  if left.shape != right.shape:
    raise UserError(
      f'{clips[0].path} has {len(left)} frames of {footage.size(left)} pixels, '
      f'{clips[1].path} {len(right)} of {footage.size(right)}: make them alike'
    )
  count, height, width, _ = left.shape
  gap = np.full((count, height, _GAP, 3), 255, np.uint8)
  both = np.concatenate([left, gap, right], 2)
  with encode.Writer(
    path,
    rate=footage.rate(clips[0], _FPS),
    width=2 * width + _GAP,
    height=height,
    crf=_CRF,
  ) as writer:
    for picture in both:
      writer.write(picture)


def _table(
  path: pathlib.Path, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
  with path.open('w', newline='') as file:
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows(rows)
