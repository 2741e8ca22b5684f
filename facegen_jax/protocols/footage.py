"""The clips of a folder: videos, and folders of numbered pictures.

A clip's name is its path from the root without a suffix, with '/'. One clip at
a time is read.
"""

from collections.abc import Iterator, Sequence
import itertools
import os
import pathlib
import re
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import pictures, video

MOST_BYTES = 2**31  # of a clip's pictures; two are held at once


class Clip(NamedTuple):
  """A video file, or a folder with its pictures in order."""

  name: str
  path: pathlib.Path
  pictures: tuple[pathlib.Path, ...] = ()


class Listing(NamedTuple):
  """Clips by name, sorted, and what is no clip though it looks like one.

  `skipped` is reasons by path from the root.
  """

  root: pathlib.Path
  clips: dict[str, Clip]
  skipped: dict[str, str]


def listed(root: str | os.PathLike) -> Listing:
  """All clips below a folder; opens none of them.

  Hidden files, links to folders and files of other kinds are passed over. A
  folder's pictures are one clip if they are one series, numbered without a
  gap; the root's own are the clip '.'.

  Raises:
    UserError: no folder, no clip in it, or two clips of one name.
  """
  root = expanded(root)
  if not root.is_dir():
    raise UserError(f'{root}: no such folder; name a folder of clips')
  clips: dict[str, Clip] = {}
  skipped: dict[str, str] = {}
  for clip in _found(root, skipped):
    other = clips.setdefault(clip.name, clip)
    if other is not clip:
      raise UserError(
        f'{root}: {other.path.name} and {clip.path.name} are both clip '
        f'{clip.name}; keep one'
      )
  if not clips:
    first = next((f'; {k}: {v}' for k, v in skipped.items()), '')
    raise UserError(
      f'{root}: holds no clip{first}; put videos in it, or a folder of '
      'numbered pictures a clip'
    )
  return Listing(root, dict(sorted(clips.items())), skipped)


def read(clip: Clip, most: int | None = None) -> np.ndarray:
  """The pictures of a clip, or its first `most`: t h w 3 uint8 RGB.

  Raises:
    UserError: damaged, of changing size, or more than 2 GiB.
  """
  shown: list[np.ndarray] = []
  total = 0
  for picture in itertools.islice(_pictures(clip), most):
    if shown and picture.shape != shown[0].shape:
      raise UserError(
        f'{clip.path}: picture {len(shown) + 1} is {size(picture)}, the first '
        f'{size(shown[0])}; make them one size'
      )
    shown.append(picture)
    total += picture.nbytes
    if total > MOST_BYTES:
      raise UserError(
        f'{clip.path}: more than {MOST_BYTES / 2**30:.0f} GiB of pictures; cut '
        'it into shorter clips'
      )
  return np.stack(shown)


def size(picture: np.ndarray) -> str:
  """'640x480' of pictures ... h w 3."""
  return f'{picture.shape[-2]}x{picture.shape[-3]}'


def rate(clip: Clip, given: float | None) -> float | None:
  """Frames a second: a video's own, of pictures what is `given`."""
  return given if clip.pictures else float(video.probe(clip.path).fps)


def _pictures(clip: Clip) -> Iterator[np.ndarray]:
  if not clip.pictures:
    return video.read(clip.path)
  return (pictures.read(path, min_side=1) for path in clip.pictures)


def _found(root: pathlib.Path, skipped: dict[str, str]) -> Iterator[Clip]:
  for folder, folders, names in os.walk(root):
    folders[:] = sorted(name for name in folders if not name.startswith('.'))
    place = pathlib.Path(folder)
    shown = []
    for name in sorted(n for n in names if not n.startswith('.')):
      path = place / name
      if path.suffix.lower() in video.SUFFIXES:
        yield Clip(path.relative_to(root).with_suffix('').as_posix(), path)
      elif path.suffix.lower() in pictures.SUFFIXES:
        shown.append(path)
    if shown:
      name = place.relative_to(root).as_posix()
      ordered, reason = _series(shown)
      if reason:
        skipped[name] = reason
      else:
        yield Clip(name, place, ordered)


def _series(
  paths: Sequence[pathlib.Path],
) -> tuple[tuple[pathlib.Path, ...], str]:
  """Pictures by number; or why they are no clip."""
  parts = {p: re.search(r'^(.*?)(\d+)\D*$', p.stem) for p in paths}
  plain = [p.name for p, part in parts.items() if not part]
  if plain:
    return (), f'{plain[0]} has no number; a folder holds one clip alone'
  series = sorted({part[1] for part in parts.values()})
  if len(series) > 1:
    return (), f'{len(series)} series of pictures, {series[0]!r} and others'
  number = {p: int(part[2]) for p, part in parts.items()}
  ordered = sorted(paths, key=number.get)
  for last, path in itertools.pairwise(ordered):
    step = number[path] - number[last]
    if step != 1:
      what = f'number {number[last] + 1} lacks' if step else 'one number twice'
      return (), f'{what}, at {path.name}'
  return tuple(ordered), ''
