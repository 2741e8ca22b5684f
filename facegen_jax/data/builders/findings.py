"""Going through a download, and what a parser finds wrong on its way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
import pathlib
import re

from facegen_jax.data.builders import tree
from facegen_jax.data.builders.found import Found, FoundClip, Note, Skipped

JPEG = frozenset(('.jpg', '.jpeg'))
_PICTURES = JPEG | {'.png', '.bmp'}
_VIDEO = '.avi'  # beside the pictures it shows the same: not worth a note
_NAMED = 3  # files that a remark names
_HIGHEST = 2**31 - 1  # number of a frame, as it is stored


class Findings:
  """Lists folders below a root and keeps what is wrong with them.

  What cannot be entered or read is written down and passed over.

  Attributes:
    root: links that lead out of it are left out; paths are told from it.
  """

  def __init__(self, root: pathlib.Path) -> None:
    self.root = root
    self._skipped: set[Skipped] = set()
    self._notes: set[Note] = set()

  def skip(self, path: pathlib.Path, reason: str) -> None:
    """Tells that something is left out."""
    self._skipped.add(Skipped(self.name(path), reason))

  def note(self, path: pathlib.Path, remark: str) -> None:
    """Tells that something is used, but not as it stands."""
    self._notes.add(Note(self.name(path), remark))

  def name(self, path: pathlib.Path) -> str:
    """The path from the root, with '/', as `tree.told` writes it."""
    return tree.told(path.relative_to(self.root).as_posix())

  def folders(self, folder: pathlib.Path) -> list[pathlib.Path]:
    """Sub-folders that may be used, sorted by name."""
    listed = self._listed(folder)
    return self._usable(listed[0]) if listed else []

  def files(self, folder: pathlib.Path) -> list[pathlib.Path]:
    """Files that may be used, sorted by name."""
    listed = self._listed(folder)
    return self._usable(listed[1]) if listed else []

  def level(self, folder: pathlib.Path) -> list[pathlib.Path]:
    """As `folders`, where nothing but folders ought to be; tells if not so.

    One of the folder's own name, as archives make them, is entered in its
    place.
    """
    listed = self._listed(folder)
    if not listed:
      return []
    folders, files = listed
    if files:
      self.skip(folder, f'{_names(files)}: not in the folder of a clip')
    if not folders:
      self.skip(folder, 'holds no clip')
    found = []
    for path in self._usable(folders):
      again = path.name.lower() == folder.name.lower()
      found += self.level(path) if again else [path]
    return found

  def frames(
    self, folder: pathlib.Path, preferred: frozenset[str] = frozenset()
  ) -> dict[int, pathlib.Path]:
    """A clip's pictures in order of their numbers; none = it is skipped.

    The number is the last integer of the stem: img9 comes before img10.

    Args:
      folder: of the clip.
      preferred: suffixes; other pictures count only where none has these.
    """
    listed = self._listed(folder)
    if not listed:
      return {}
    for inner in listed[0]:
      self.skip(inner, 'a folder in a clip')
    numbers = {path: _number(path) for path in listed[1]}
    others = [path for path in numbers if numbers[path] is None]
    usable = self._usable(p for p in numbers if numbers[p] is not None)
    best = [path for path in usable if path.suffix.lower() in preferred]
    found: dict[int, pathlib.Path] = {}
    for path in best or usable:
      found.setdefault(numbers[path], path)
    if not found:
      only = f', only {_names(others)}' if others else ''
      self.skip(folder, f'no frames{only}')
      return {}
    doubles = [path for path in usable if found.get(numbers[path]) != path]
    for remark in _remarks(sorted(found), others, doubles):
      self.note(folder, remark)
    return dict(sorted(found.items()))

  def distinct(
    self, clips: Iterable[FoundClip], plain: Callable[[str], str] = str
  ) -> Iterator[FoundClip]:
    """The first clip of each person and name; the others are skipped.

    Args:
      clips: in order of preference.
      plain: a clip's name as it is compared.
    """
    first: dict[tuple[str, str], FoundClip] = {}
    for clip in clips:
      key = clip.subject, plain(clip.clip)
      if first.setdefault(key, clip) is clip:
        yield clip
      else:
        taken = self.name(first[key].path)
        self.skip(
          clip.path,
          f'a second clip {key[1]} of {clip.subject}: {taken} is taken',
        )

  def found(self, clips: Iterable[FoundClip]) -> Found:
    """All of it, sorted; of clips that share their name the first is kept."""
    kept = sorted(self.distinct(clips), key=lambda c: (c.subject, c.clip))
    skipped, notes = sorted(self._skipped), sorted(self._notes)
    return Found(tuple(kept), tuple(skipped), tuple(notes), self.root)

  def _listed(
    self, folder: pathlib.Path
  ) -> tuple[list[pathlib.Path], list[pathlib.Path]] | None:
    try:
      return tree.listing(folder)
    except OSError as error:
      self.skip(folder, f'cannot be listed ({error.strerror})')
      return None

  def _usable(self, paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    kept = []
    for path in paths:
      reason = refusal(path, self.root)
      if reason:
        self.skip(path, reason)
      else:
        kept.append(path)
    return kept


def refusal(path: pathlib.Path, root: pathlib.Path) -> str:
  """Why a file or folder may not be used, '' = it may."""
  try:
    path.name.encode()
    if not path.exists():
      return 'a link to nothing'
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
      return 'a link that leads out of the folder'
    if path.is_symlink() and path.is_dir():
      return 'a link to a folder'  # would give one person two names
  except UnicodeEncodeError:
    return 'its name is not UTF-8'
  except OSError as error:
    return f'cannot be read ({error.strerror})'
  return '' if path.is_file() or path.is_dir() else 'neither file nor folder'


def _number(picture: pathlib.Path) -> int | None:
  """The last integer of the stem; None = no numbered picture."""
  digits = re.findall(r'\d+', picture.stem)
  if picture.suffix.lower() not in _PICTURES or not digits:
    return None
  number = int(digits[-1])
  return number if number <= _HIGHEST else None


def _remarks(
  numbers: list[int], others: list[pathlib.Path], doubles: list[pathlib.Path]
) -> Iterator[str]:
  others = [path for path in others if path.suffix.lower() != _VIDEO]
  if others:
    yield f'left out, no numbered pictures: {_names(others)}'
  if doubles:
    why = 'of another kind or with a number that is taken'
    yield f'left out, {why}: {_names(doubles)}'
  first, last = numbers[0], numbers[-1]
  if len(numbers) < last - first + 1:
    yield (
      f'{last - first + 1 - len(numbers)} of the numbers {first}..{last} have '
      'no picture: the others are taken with their numbers'
    )


def _names(paths: Sequence[pathlib.Path]) -> str:
  names = ', '.join(tree.told(path.name) for path in paths[:_NAMED])
  more = len(paths) - _NAMED
  return names + (f' and {more} more' if more > 0 else '')
