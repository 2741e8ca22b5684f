"""SAMM as it lies on disk."""

import pathlib
import re

from facegen_jax.data.builders import coded, samm, tree, workbook
from facegen_jax.data.builders.found import Found

_BOOK = '*Micro_FACS_Codes_v2.xlsx'
_FPS = 200.0


def parse(manual_dir: pathlib.Path) -> Found:
  """Clips, labels and irregularities; see the package for the layouts.

  Args:
    manual_dir: the folder of the unpacked download.

  Raises:
    UserError: a part of the download is missing or cannot be used.
  """
  manual_dir = pathlib.Path(manual_dir).absolute()

  def is_root(folder: pathlib.Path) -> bool:
    way = folder.relative_to(manual_dir).as_posix().lower()
    return 'crop' not in way and _is_tree(folder)

  layout = '<nnn>/<nnn>_<code>_<number>/ with frames'
  root = tree.find_root(manual_dir, is_root, layout)
  book, notes = workbook.find(manual_dir, _BOOK)
  found = coded.join(root, book, coded.Coding(_subject, samm.EMOTIONS, _FPS))
  return found._replace(notes=tuple(sorted(notes + found.notes)))


def _subject(name: object) -> str | None:
  """'006' of 6, 6.0 and '006'."""
  match = re.fullmatch(r'0*(\d{1,3})(?:\.0)?', str(name))
  return f'{int(match[1]):03d}' if match else None


def _is_tree(folder: pathlib.Path) -> bool:
  return any(
    re.fullmatch(r'\d+_\d+_\d+', clip.name)
    for top in tree.readable_folders(folder)
    if _subject(top.name)
    for clip in tree.readable_folders(top)
  )
