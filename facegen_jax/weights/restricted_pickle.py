"""Pickles of strangers, which may name only what a list of ours allows.

Everything on such a list is ours, builds data, and cannot be changed: a pickle
may set the attributes of whatever it names.
"""

from collections.abc import Callable, Mapping
import pickle
from typing import Any, BinaryIO, NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.weights.pickle_scan import one_line, scanned

Allowed = Mapping[tuple[str, str], Any]


class InertDict(dict):
  """For `OrderedDict` and its like, whose attributes are left."""

  __slots__ = ()

  def __setstate__(self, state: Any) -> None:
    pass


class InertFunction(NamedTuple):
  """A function without attributes."""

  run: Callable

  def __call__(self, *args: Any) -> Any:
    """Runs it."""
    return self.run(*args)


class RestrictedUnpickler(pickle.Unpickler):
  """Builds what is on its list; refuses every other name."""

  allowed: Allowed = {}
  cure = ''  # told of a file that names another thing

  def __init__(
    self, file: BinaryIO, place: str, *, encoding: str = 'utf-8'
  ) -> None:
    super().__init__(scanned(file, place), encoding=encoding)
    self.place = place

  def find_class(self, module: str, name: str) -> Any:
    """Looks a global up in the list only."""
    if (module, name) not in self.allowed:
      raise UserError(
        f'{self.place} asks to run {one_line(f"{module}.{name}")}, which a '
        f'file of weights need not; {self.cure}'
      )
    return self.allowed[module, name]

  def read(self) -> Any:
    """The pickle; UserError, naming the place, if it is damaged or refused."""
    try:
      return self.load()
    except UserError:
      raise
    except Exception as error:  # a broken pickle can raise anything
      raise UserError(f'{self.place} is damaged: {one_line(error)}') from error
