"""CASME II as it lies on disk."""

import pathlib
import re
from typing import Literal

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders import casme2, coded, tree, workbook
from facegen_jax.data.builders.found import Found

_BOOK = 'CASME2-coding-*.xlsx'
_FPS = 200.0


def parse(
  manual_dir: pathlib.Path, image_set: Literal['raw', 'cropped'] = 'raw'
) -> Found:
  """Clips, labels and irregularities; see the package for the layouts.

  Args:
    manual_dir: the folder of the unpacked download.
    image_set: the camera's frames, or registered faces.

  Raises:
    UserError: a part of the download is missing or cannot be used.
  """
  manual_dir = pathlib.Path(manual_dir).absolute()
  root = _root(manual_dir, image_set)
  book, notes = workbook.find(manual_dir, _BOOK)
  emotions = frozenset(casme2.PUBLISHED['emotions'])
  found = coded.join(root, book, coded.Coding(_subject, emotions, _FPS))
  return found._replace(notes=tuple(sorted(notes + found.notes)))


def _subject(name: object) -> str | None:
  """'sub01' of 1, 1.0, '01' and 'sub01'."""
  match = re.fullmatch(r'(?:sub)?0*(\d{1,2})(?:\.0)?', str(name), re.IGNORECASE)
  return f'sub{int(match[1]):02d}' if match else None


def _root(manual_dir: pathlib.Path, image_set: str) -> pathlib.Path:
  if image_set not in ('raw', 'cropped'):
    raise UserError(f'image_set={image_set}: must be raw or cropped')

  def is_root(folder: pathlib.Path) -> bool:
    return _is_tree(folder) and _is_cropped(folder, manual_dir) == (
      image_set == 'cropped'
    )

  def is_selected(folder: pathlib.Path) -> bool:
    way = folder.relative_to(manual_dir.parent).as_posix().lower()
    return 'selected' in way and is_root(folder)

  layout = f'sub<nn>/<clip>/ with {image_set} frames'
  try:  # the unselected footage may lie beside it, and sorts before it
    return tree.find_root(manual_dir, is_selected, layout)
  except UserError:
    return tree.find_root(manual_dir, is_root, layout)


def _is_tree(folder: pathlib.Path) -> bool:
  return any(
    re.fullmatch(r'sub\d+', top.name, re.IGNORECASE)
    and tree.readable_folders(top)
    for top in tree.readable_folders(folder)
  )


def _is_cropped(folder: pathlib.Path, manual_dir: pathlib.Path) -> bool:
  """By the name of a folder on the way, else by that of a first picture."""
  if 'crop' in folder.relative_to(manual_dir).as_posix().lower():
    return True
  for picture in folder.glob('[sS][uU][bB]*/*/*[0-9].*'):
    return picture.name.lower().startswith('reg_')
  return False
