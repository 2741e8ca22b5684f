"""One pickle of a stranger's file, looked over before anything is built.

The standard unpickler runs nothing that it may not name, but it can be made to
fill the memory (a far memo index), to overflow the stack (a tuple of tuples of
tuples, hashed) or to work forever (a pair of a pair twice, of that pair twice,
hashed). All are told from the operations alone.
"""

from collections.abc import Iterator
import io
import pickletools
from typing import Any, BinaryIO, NamedTuple

from facegen_jax.core.errors import UserError

DEPTH = 100  # of containers; a checkpoint needs some five
PARTS = 10_000_000  # of an object, each counted wherever it is; some 100,000
_PUT = ('PUT', 'BINPUT', 'LONG_BINPUT')
_GET = ('GET', 'BINGET', 'LONG_BINGET')
_FILL = ('APPEND', 'APPENDS', 'SETITEM', 'SETITEMS', 'ADDITEMS', 'BUILD')
_MARK = pickletools.markobject
Operation = tuple[pickletools.OpcodeInfo, Any, int | None]


class _Made(NamedTuple):
  """An object: how deep it is nested, and of how many parts it is made."""

  depth: int = 0
  parts: int = 0


def _popped(stack: list, info: pickletools.OpcodeInfo) -> list[_Made]:
  """Takes what an operation consumes off the stack."""
  taken, wanted = [], info.stack_before
  if _MARK in wanted:
    while (top := stack.pop()) is not None:
      taken.append(top)
    wanted = wanted[: wanted.index(_MARK)]
  for _ in wanted:
    taken.append(stack.pop() or _Made())
  return taken


def _joined(info: pickletools.OpcodeInfo, taken: list[_Made]) -> _Made:
  """What an operation makes of them: the last is what it fills, if it does."""
  parts = sum(one.parts for one in taken)
  if info.name not in _FILL:
    return _Made(1 + max((one.depth for one in taken), default=0), 1 + parts)
  filled = taken.pop()
  return _Made(max([filled.depth, *(one.depth + 1 for one in taken)]), parts)


def _objects(operations: Iterator[Operation]) -> Iterator[_Made]:
  """Every object, as it is made."""
  stack, memo = [], {}
  for count, (info, arg, _) in enumerate(operations):
    if info.name in _PUT:
      if arg > count:
        raise ValueError(f'memo index {arg} after {count} operations')
      memo[arg] = stack[-1]
    elif info.name == 'MEMOIZE':
      memo[len(memo)] = stack[-1]
    elif info.name in _GET:
      stack.append(memo[arg])
    elif info.name == 'MARK':
      stack.append(None)
    else:
      made = _joined(info, _popped(stack, info))
      yield made
      stack.extend([made] * len(info.stack_after))


def _amiss(made: _Made) -> str:
  if made.depth > DEPTH:
    return f'nests its containers {DEPTH} deep and more'
  if made.parts > PARTS:
    return f'repeats its objects to more than {PARTS:,} parts'
  return ''


def scanned(file: BinaryIO, place: str) -> io.BytesIO:
  """The pickle that `file` stands at, alone; `file` then stands behind it.

  Raises UserError, naming `place`, if it is damaged, nested more than `DEPTH`
  deep, of more than `PARTS` parts, or numbers its objects in no order.
  """
  start = file.tell()
  try:
    amiss = ''
    for made in _objects(pickletools.genops(file)):
      if amiss := _amiss(made):
        break
    size = file.tell() - start
  except Exception as error:  # a broken pickle can raise anything
    raise UserError(f'{place} is damaged: {one_line(error)}') from error
  if amiss:
    raise UserError(f'{place} {amiss}, no checkpoint does')
  file.seek(start)
  return io.BytesIO(file.read(size))


def one_line(text: object) -> str:
  """What a file says, harmless in an error: one short printable line."""
  plain = str(text).encode('unicode_escape').decode()
  plain = plain or type(text).__name__
  return plain if len(plain) < 200 else f'{plain[:200]} ...'
