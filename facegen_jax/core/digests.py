"""A folder that knows its own content: the SHA-256 of each of its files."""

import hashlib
import json
import pathlib

FILE = 'digests.json'
FORMAT = 1  # of a checkpoint; one that this program cannot read is higher


def write(folder: pathlib.Path) -> None:
  """Writes the digests of all files in a folder that is about to be done."""
  told = {'format': FORMAT, 'files': {n: digest(p) for n, p in _files(folder)}}
  (folder / FILE).write_text(json.dumps(told, indent=1) + '\n')


def written(folder: pathlib.Path) -> bool:
  """Whether the folder has digests; those of older programs have none."""
  return (folder / FILE).is_file()


def fault(folder: pathlib.Path) -> str:
  """What is not as it was written, in a few words; '' where all is whole.

  Args:
    folder: that `write` was called on.
  """
  try:
    told = json.loads((folder / FILE).read_text())
    number, wanted = told['format'], dict(told['files'])
  except (OSError, TypeError, ValueError, KeyError):
    return f'{folder.name}/{FILE} cannot be read'
  if number != FORMAT:
    return f'{folder.name} is of format {number!r}, this program reads {FORMAT}'
  for name, value in sorted(wanted.items()):
    path = folder / name
    if not path.is_file():
      return f'{folder.name}/{name} is missing'
    if digest(path) != value:
      return f'{folder.name}/{name} does not fit its digest in {FILE}'
  return ''


def digest(path: pathlib.Path) -> str:
  """SHA-256 of a file, in hexadecimal digits."""
  with path.open('rb') as f:
    return hashlib.file_digest(f, 'sha256').hexdigest()


def _files(folder: pathlib.Path) -> list[tuple[str, pathlib.Path]]:
  return sorted(
    (path.relative_to(folder).as_posix(), path)
    for path in folder.rglob('*')
    if path.is_file() and path.name != FILE
  )
