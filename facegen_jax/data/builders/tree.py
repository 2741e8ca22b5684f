"""Finding one's way in an unpacked download."""

from collections.abc import Callable
import pathlib

from facegen_jax.core.errors import UserError

_DEPTH = 3  # archives unpack into folders of their own name, even twice


def listing(
  folder: pathlib.Path,
) -> tuple[list[pathlib.Path], list[pathlib.Path]]:
  """Sub-folders and files, sorted by name, without hidden ones and Thumbs.db.

  Raises:
    OSError: the folder may not be listed.
  """
  folders, files = [], []
  for path in sorted(folder.iterdir()):
    if not path.name.startswith('.') and path.name.lower() != 'thumbs.db':
      (folders if path.is_dir() else files).append(path)
  return folders, files


def readable_folders(folder: pathlib.Path) -> list[pathlib.Path]:
  """Sub-folders by name; none where the folder may not be listed."""
  try:
    return listing(folder)[0]
  except OSError:
    return []


def readable_files(folder: pathlib.Path) -> list[pathlib.Path]:
  """Files by name; none where the folder may not be listed."""
  try:
    return listing(folder)[1]
  except OSError:
    return []


def spelt(name: str) -> str:
  """A file's name or path as UTF-8; bytes that are none are spelt out."""
  return name.encode('utf-8', 'backslashreplace').decode()


def find_root(
  manual_dir: pathlib.Path,
  is_root: Callable[[pathlib.Path], bool],
  layout: str,
) -> pathlib.Path:
  """The folder, at most three levels down, that looks like the dataset's.

  Args:
    manual_dir: what the user named.
    is_root: says whether a folder is the one.
    layout: what it looks for, for the error.

  Raises:
    UserError: no folder, or none that fits.
  """
  manual_dir = pathlib.Path(manual_dir)
  if not manual_dir.is_dir():
    raise UserError(
      f'{manual_dir}: no such folder; name the one that holds the download'
    )
  level = [manual_dir]
  for _ in range(_DEPTH + 1):
    for folder in level:
      if is_root(folder):
        return folder
    level = [child for folder in level for child in readable_folders(folder)]
  raise UserError(
    f'{manual_dir}: {layout} not found there or in {_DEPTH} levels below; '
    'unpack the download and name its folder'
  )
