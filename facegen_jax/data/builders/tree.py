"""Finding one's way in an unpacked download."""

from collections.abc import Callable
import pathlib

from facegen_jax.core.errors import UserError

_DEPTH = 3  # archives unpack into folders of their own name, even twice
_CONTROL = {
  code: repr(chr(code))[1:-1]
  for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


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


def told(name: str) -> str:
  """As `spelt`, for a line of a report: line breaks are spelt out too."""
  return spelt(name).translate(_CONTROL)


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
    UserError: no folder, one that may not be read, or none or several that
      fit.
  """
  manual_dir = pathlib.Path(manual_dir)
  _need_listing(manual_dir)
  level = [manual_dir]
  for _ in range(_DEPTH + 1):
    fitting = [folder for folder in level if is_root(folder)]
    if len(fitting) > 1:
      names = ', '.join(told(str(p.relative_to(manual_dir))) for p in fitting)
      raise UserError(
        f'{manual_dir}: {layout} found in {len(fitting)} folders: {names}; '
        'name one of them, or bring their contents together in one'
      )
    if fitting:
      _need_utf8(fitting[0])
      return fitting[0]
    level = [child for folder in level for child in readable_folders(folder)]
  raise UserError(
    f'{manual_dir}: {layout} not found there or in {_DEPTH} levels below; '
    'unpack the download and name its folder'
  )


def _need_listing(folder: pathlib.Path) -> None:
  try:
    listing(folder)
  except (FileNotFoundError, NotADirectoryError) as error:
    raise UserError(
      f'{folder}: no such folder; name the one that holds the download'
    ) from error
  except OSError as error:
    raise UserError(
      f'{folder}: cannot be listed ({error.strerror}); get the right to read it'
    ) from error


def _need_utf8(folder: pathlib.Path) -> None:
  """Its path is written into reports and journals, which are UTF-8."""
  try:
    str(folder).encode()
  except UnicodeEncodeError as error:
    raise UserError(
      f'{spelt(str(folder))}: its name is not UTF-8; rename the folder'
    ) from error
