"""Finding the coding workbook of a download."""

import fnmatch
import pathlib

from facegen_jax.data.builders import tree
from facegen_jax.data.builders.findings import refusal
from facegen_jax.data.builders.found import Note


def find(
  manual_dir: pathlib.Path, pattern: str
) -> tuple[pathlib.Path, tuple[Note, ...]]:
  """The workbook, at most three levels down; of several the last by name.

  Args:
    manual_dir: what the user named.
    pattern: of the file's name, as in `fnmatch`; case does not matter.

  Returns:
    The file, and a note where others lie beside it.

  Raises:
    UserError: there is none.
  """
  layout = f'the workbook {pattern} (an .xls has to be saved as .xlsx)'
  folder = tree.find_root(
    manual_dir, lambda path: bool(_books(path, manual_dir, pattern)), layout
  )
  *others, book = _books(folder, manual_dir, pattern)
  if not others:
    return book, ()
  names = ', '.join(path.name for path in others)
  remark = f'the newest workbook by name is read; left out: {names}'
  return book, (Note(book.name, remark),)


def _books(
  folder: pathlib.Path, manual_dir: pathlib.Path, pattern: str
) -> list[pathlib.Path]:
  books = [
    path
    for path in tree.readable_files(folder)
    if fnmatch.fnmatchcase(path.name.lower(), pattern.lower())
    and not path.name.startswith('~$')  # Excel's lock, no workbook
    and not refusal(path, manual_dir)
  ]
  return sorted(books, key=lambda path: path.name.lower())
