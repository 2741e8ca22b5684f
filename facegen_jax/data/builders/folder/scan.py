"""Which files of a folder are whose clips; opens none of them."""

import os
import pathlib
from typing import Literal, NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, video
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.found import Skipped


class Item(NamedTuple):
  """One video or picture."""

  path: str  # from the root, with '/'
  subject: str
  kind: Literal['video', 'picture']


class Listing(NamedTuple):
  """What a folder holds."""

  items: tuple[Item, ...]  # sorted by path
  skipped: tuple[Skipped, ...]


def scan(root: str | os.PathLike) -> Listing:
  """Lists the clips of a folder.

  A file at the top is a subject of its own, named by its stem. A folder at the
  top is a subject; everything below it is theirs. A top file and a folder of
  one name are one subject. Hidden files are passed over; links that lead out
  of the root, links to folders and files of other kinds are listed as skipped.

  Raises:
    UserError: `root` is no folder, or holds no video and no picture.
  """
  root = pathlib.Path(root)
  if not root.is_dir():
    raise UserError(
      f'{root}: no such folder; name the folder that holds your clips'
    )
  items, skipped = [], []
  for path in _walk(root, skipped):
    name = _name(path, root)
    kind = _kind(path)
    reason = _refusal(path, root, kind)
    if reason:
      skipped.append(Skipped(name, reason))
    elif kind:
      items.append(Item(name, _subject(name), kind))
  if not items:
    raise UserError(
      f'{root}: holds no video ({_suffixes(video.SUFFIXES)}) and no picture '
      f'({_suffixes(pictures.SUFFIXES)}); put clips in it, a sub-folder a '
      'person'
    )
  return Listing(tuple(sorted(items)), tuple(sorted(skipped)))


def _walk(root: pathlib.Path, skipped: list[Skipped]) -> list[pathlib.Path]:
  """All files that are not hidden; folders that are links are not entered."""

  def unreadable(error: OSError) -> None:
    name = _name(pathlib.Path(error.filename), root)
    skipped.append(Skipped(name, f'cannot be listed ({error.strerror})'))

  files = []
  for folder, folders, names in os.walk(root, onerror=unreadable):
    folders[:] = sorted(name for name in folders if not name.startswith('.'))
    for name in folders:
      path = pathlib.Path(folder, name)
      if path.is_symlink():
        skipped.append(Skipped(_name(path, root), 'a link to a folder'))
    files += [
      pathlib.Path(folder, name)
      for name in sorted(names)
      if not name.startswith('.')
    ]
  return files


def _name(path: pathlib.Path, root: pathlib.Path) -> str:
  return tree.spelt(path.relative_to(root).as_posix())


def _kind(path: pathlib.Path) -> str | None:
  suffix = path.suffix.lower()
  if suffix in video.SUFFIXES:
    return 'video'
  return 'picture' if suffix in pictures.SUFFIXES else None


def _refusal(
  path: pathlib.Path, root: pathlib.Path, kind: str | None
) -> str | None:
  if path.is_symlink():
    if not path.exists():
      return 'a link to nothing'
    if not path.resolve().is_relative_to(root.resolve()):
      return 'a link that leads out of the folder'
  if not path.is_file():
    return 'not a file'
  if path != root / _name(path, root):
    return 'its name is not UTF-8'
  if path.parent == root and path.suffix.lower() == '.csv':
    return None  # labels, ours or somebody's
  return None if kind else 'neither a video nor a picture'


def _subject(name: str) -> str:
  first, slash, _ = name.partition('/')
  return first if slash else pathlib.PurePosixPath(first).stem


def _suffixes(suffixes: frozenset[str]) -> str:
  return ' '.join(sorted(suffixes))
