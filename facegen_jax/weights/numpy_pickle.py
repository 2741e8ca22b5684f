"""NumPy's arrays inside a pickle, built without NumPy's own unpickling.

NumPy would make arrays of objects, structures and views that a file describes;
these stand-ins make arrays of plain little-endian numbers, and nothing else.
"""

import math
from typing import Any

import numpy as np

from facegen_jax.weights.restricted_pickle import Allowed, InertFunction

_KINDS = {'f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8'}
_KINDS |= {'b1'}


class _Dtype:
  """A number's type; its byte order comes as a state."""

  __slots__ = ('_kind', '_order')

  def __init__(self, kind: Any, *_: Any) -> None:
    if kind not in _KINDS:
      raise ValueError(f'arrays of {kind!r} are no weights')
    self._kind, self._order = kind, ''

  def __setstate__(self, state: Any) -> None:
    _, order, subtype, names, fields, *_ = state
    if order not in ('<', '|') or (subtype, names, fields) != (None,) * 3:
      raise ValueError(f'arrays of {self._kind} in byte order {order!r}')
    self._order = order

  def numbers(self, raw: Any) -> np.ndarray:
    """The numbers that `raw` holds."""
    if isinstance(raw, str):  # Python 2's bytes
      raw = raw.encode('latin-1')
    if not isinstance(raw, bytes):
      raise ValueError(f'an array is made of a {type(raw).__name__}')
    return np.frombuffer(raw, f'<{self._kind}')


class PickledArray:
  """An array, once its state has come.

  Attributes:
    value: numbers that cannot be written to; None without a state.
  """

  __slots__ = ('value',)

  def __init__(self) -> None:
    self.value: np.ndarray | None = None

  def __setstate__(self, state: Any) -> None:
    _, shape, dtype, fortran, raw = state
    if not isinstance(dtype, _Dtype):
      raise ValueError('an array without a type')
    whole = isinstance(shape, tuple) and all(type(n) is int for n in shape)
    if not whole or min(shape, default=0) < 0:
      raise ValueError(f'an array of shape {shape!r}')
    numbers = dtype.numbers(raw)
    if numbers.size != math.prod(shape):
      raise ValueError(f'{numbers.size} numbers for an array of {shape}')
    self.value = numbers.reshape(shape, order='F' if fortran else 'C')


def _array(*_: Any) -> PickledArray:
  return PickledArray()


def _scalar(dtype: Any, raw: Any) -> PickledArray:
  """A number, as an array without axes."""
  made = PickledArray()
  made.__setstate__((1, (), dtype, False, raw))
  return made


def _python2_bytes(text: Any, encoding: Any) -> bytes:
  if not isinstance(text, str) or encoding not in ('latin1', 'latin-1'):
    raise ValueError('bytes in an unknown encoding')
  return text.encode('latin-1')


_MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')
ALLOWED: Allowed = {
  **{(m, '_reconstruct'): InertFunction(_array) for m in _MODULES},
  **{(m, 'scalar'): InertFunction(_scalar) for m in _MODULES},
  ('numpy', 'ndarray'): None,  # which `_reconstruct` is told, and leaves
  ('numpy', 'dtype'): _Dtype,
  ('_codecs', 'encode'): InertFunction(_python2_bytes),
}
