"""Onset, apex and offset of a coding sheet against the frames on disk."""

from collections.abc import Collection
from typing import NamedTuple

from facegen_jax.data.builders import sheet


class Limits(NamedTuple):
  """Numbers of frames that exist, None = not given, and what was decided."""

  onset: int | None
  apex: int | None
  offset: int | None
  remarks: tuple[str, ...]


def limits(
  onset: object,
  apex: object,
  offset: object,
  numbers: tuple[int, ...],
  *,
  expected: Collection[str] = Limits._fields[:3],
) -> Limits:
  """Repairs what a sheet gives; the frames on disk are trusted over it.

  An onset before the first frame is the first, an offset beyond the last the
  last. Where a frame in between lacks, the next one inwards is taken. What
  else does not fit is not given.

  Args:
    onset: its cell: a number, or anything for 'missing'; so `apex`, `offset`.
    apex: see onset.
    offset: see onset.
    numbers: of the frames, in order, at least one.
    expected: of 'onset', 'apex', 'offset' those whose lack makes a remark.
  """
  remarks = []
  cells = {'onset': onset, 'apex': apex, 'offset': offset}
  given = {
    name: _number(name, cell, remarks)
    for name, cell in cells.items()
    if cell is not None or name in expected
  }
  first = _onset(given.get('onset'), numbers, remarks)
  last = _offset(given.get('offset'), numbers, remarks)
  if first is not None and last is not None and last < first:
    remarks.append(f'offset {last} lies before onset {first}: not given')
    last = None
  low = numbers[0] if first is None else first
  high = numbers[-1] if last is None else last
  peak = given.get('apex')
  if peak is not None and not low <= peak <= high:
    remarks.append(f'apex {peak} lies outside {low}..{high}: not given')
    peak = None
  if peak is not None and peak not in numbers:
    remarks.append(f'apex {peak} has no frame: not given')
    peak = None
  return Limits(first, peak, last, tuple(remarks))


def _number(name: str, cell: object, remarks: list[str]) -> int | None:
  if cell is None:
    remarks.append(f'{name} is empty: not given')
  elif sheet.whole(cell) is None:
    remarks.append(f'{name} "{cell}" is no frame number: not given')
  return sheet.whole(cell)


def _onset(
  onset: int | None, numbers: tuple[int, ...], remarks: list[str]
) -> int | None:
  if onset is None or onset in numbers:
    return onset
  if onset > numbers[-1]:
    remarks.append(
      f'onset {onset} beyond the last frame {numbers[-1]}: not given'
    )
    return None
  taken = min(number for number in numbers if number > onset)
  if taken == numbers[0]:
    remarks.append(
      f'onset {onset} before the first frame {taken}: the first frame is taken'
    )
  else:
    remarks.append(f'onset {onset} has no frame: {taken} is taken')
  return taken


def _offset(
  offset: int | None, numbers: tuple[int, ...], remarks: list[str]
) -> int | None:
  if offset is None or offset in numbers:
    return offset
  if offset < numbers[0]:
    remarks.append(
      f'offset {offset} before the first frame {numbers[0]}: not given'
    )
    return None
  taken = max(number for number in numbers if number < offset)
  if taken == numbers[-1]:
    remarks.append(
      f'offset {offset} beyond the last frame {taken}: the last frame is taken'
    )
  else:
    remarks.append(f'offset {offset} has no frame: {taken} is taken')
  return taken
