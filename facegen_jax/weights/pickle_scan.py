"""One pickle of a stranger's file, looked over before anything is built.

The standard unpickler runs nothing that it may not name, but it can be made to
fill the memory (a far memo index) or to overflow the stack (a tuple of tuples
of tuples, hashed). Both are told from the operations alone.
"""

from collections.abc import Iterator
import io
import pickletools
from typing import Any, BinaryIO

from facegen_jax.core.errors import UserError

DEPTH = 100  # of containers; a checkpoint needs some five
_PUT = ('PUT', 'BINPUT', 'LONG_BINPUT')
_GET = ('GET', 'BINGET', 'LONG_BINGET')
_FILL = ('APPEND', 'APPENDS', 'SETITEM', 'SETITEMS', 'ADDITEMS', 'BUILD')
_MARK = pickletools.markobject
Operation = tuple[pickletools.OpcodeInfo, Any, int | None]


def _popped(stack: list, info: pickletools.OpcodeInfo) -> list[int]:
  """Takes the depths of what an operation consumes off the stack."""
  taken, wanted = [], info.stack_before
  if _MARK in wanted:
    while (top := stack.pop()) is not None:
      taken.append(top)
    wanted = wanted[: wanted.index(_MARK)]
  for _ in wanted:
    taken.append(stack.pop() or 0)
  return taken


def _depths(operations: Iterator[Operation]) -> Iterator[int]:
  """The nesting of every object, as it is made."""
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
      taken = _popped(stack, info)
      depth = 1 + max(taken, default=0)
      if info.name in _FILL:
        depth = max([taken[-1], *(d + 1 for d in taken[:-1])])
      yield depth
      stack.extend([depth] * len(info.stack_after))


def scanned(file: BinaryIO, place: str) -> io.BytesIO:
  """The pickle that `file` stands at, alone; `file` then stands behind it.

  Raises UserError, naming `place`, if it is damaged, nested more than `DEPTH`
  deep, or numbers its objects in no order.
  """
  start = file.tell()
  try:
    deepest = 0
    for depth in _depths(pickletools.genops(file)):
      deepest = max(deepest, depth)
      if deepest > DEPTH:
        break
    size = file.tell() - start
  except Exception as error:  # a broken pickle can raise anything
    raise UserError(f'{place} is damaged: {one_line(error)}') from error
  if deepest > DEPTH:
    raise UserError(
      f'{place} nests its containers {DEPTH} deep and more, no checkpoint does'
    )
  file.seek(start)
  return io.BytesIO(file.read(size))


def one_line(text: object) -> str:
  """What a file says, harmless in an error: one short printable line."""
  plain = str(text).encode('unicode_escape').decode()
  plain = plain or type(text).__name__
  return plain if len(plain) < 200 else f'{plain[:200]} ...'
