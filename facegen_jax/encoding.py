"""Codes of pictures by a trained run of `au_transfer`."""

from collections.abc import Callable
import functools
import pathlib
import time
from typing import Any

from absl import logging
import jax
import numpy as np

from facegen_jax import runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.core.state import State
from facegen_jax.systems.au_transfer import invert
from facegen_jax.systems.au_transfer.encoding import Encoded, How
from facegen_jax.systems.au_transfer.encoding_config import STARTS, how_of

SYSTEM = 'au_transfer'


def open_encoder(workdir: pathlib.Path) -> 'Encoder':
  """The encoder of a run, without its training data.

  Raises:
    UserError: no checkpoint, or a run of another system.
  """
  system, state, config = runs.open_generator(workdir)
  if config.system != SYSTEM:
    raise UserError(
      f'{workdir}: a run of {config.system} has no codes; name one of {SYSTEM}'
    )
  return Encoder(system, state, config)


class Encoder:
  """Looks for the codes of pictures; compiled once a batch size.

  Args:
    system: of the run.
    state: its networks.
    config: its config.

  Attributes:
    config: as given.
    size: side of the pictures.
    layers: rows of a code.
    w: length of a row.
    step: of the run.
    start: where codes begin unless another start is asked for.
    how: of `config.encode`.
  """

  def __init__(self, system: Any, state: State, config: Any):
    self.config = config
    self.size, self.layers = config.data.size, system.layers
    self.w, self.step = config.model.w, int(state.step)
    self.start, self.how = config.encode.start, how_of(config.encode)
    self._nets, self._frozen = state.nets, system.frozen()
    self._batch = config.evaluate.batch_size
    self._begin = jax.jit(
      functools.partial(invert.begin, system), static_argnames='start'
    )
    self._search = jax.jit(
      functools.partial(invert.search, system), static_argnames=('how', 'keep')
    )
    self._render = jax.jit(system.render)

  def __call__(
    self,
    pictures: np.ndarray,
    start: str | np.ndarray | None = None,
    keep: tuple[int, ...] = (),
    *,
    seed: int = 0,
    how: How | None = None,
  ) -> Encoded:
    """Codes of pictures, the same whichever others are encoded beside them.

    Args:
      pictures: n s s 3 uint8, aligned as the run's are.
      start: 'v', 'mean' or 'random', or codes n L w to begin with; None for
        the run's own.
      keep: see `systems.au_transfer.encoding.encode`.
      seed: of 'random'; each picture draws its own by its number.
      how: in place of the run's.

    Raises:
      UserError: an unknown start, or codes that run away.
    """
    start, how = self.start if start is None else start, how or self.how
    _check(pictures, self.size)
    root, begun = jax.random.key(seed), time.monotonic()
    rows, start, begin = self._beginning(start, len(pictures), root)

    def part(pictures: np.ndarray, rows: np.ndarray) -> Encoded:
      x = to_unit(pictures)
      return self._search(
        self._nets, self._frozen, x, begin(x, rows), how=how, keep=tuple(keep)
      )

    found = _in_batches(part, self._batch, pictures, rows)
    _check_finite(found, how)
    logging.info(
      'encoded %d pictures from %s in %.1f s, %d under the threshold',
      *(len(pictures), start, time.monotonic() - begun),
      (found.reached >= 0).sum(),
    )
    return found

  encode = __call__

  def _beginning(
    self, start: str | np.ndarray, count: int, root: jax.Array
  ) -> tuple[np.ndarray, str, Callable]:
    """Rows of pictures, the start's name, and (pictures, rows) -> codes."""
    if not isinstance(start, str):
      return np.float32(start), 'given codes', lambda x, codes: codes
    if start not in STARTS:
      raise UserError(f'start={start!r}: choose one of {STARTS}')

    def begin(x: jax.Array, numbers: np.ndarray) -> jax.Array:
      return self._begin(
        self._nets, self._frozen, x, root, numbers, start=start
      )

    return np.arange(count, dtype=np.int32), start, begin

  def render(self, codes: np.ndarray) -> np.ndarray:
    """Pictures n s s 3 uint8 of codes n L w."""

    def part(codes: np.ndarray) -> tuple[jax.Array]:
      return (self._render(self._nets, self._frozen, codes),)

    (made,) = _in_batches(part, self._batch, np.float32(codes))
    return to_uint8(made)


def _in_batches(
  run: Callable[..., tuple], size: int, *rows: np.ndarray
) -> tuple:
  """`run` of rows in batches of one size, the last filled up; its own type.

  Fewer rows than a batch are one of their own.
  """
  count = len(rows[0])
  size, parts = min(size, count), []
  for i in range(0, count, size):
    part = [x[i : i + size] for x in rows]
    fill = size - len(part[0])
    part = [np.concatenate([x, np.repeat(x[-1:], fill, 0)]) for x in part]
    found = jax.device_get(run(*part))
    parts.append([x[: size - fill] for x in found])
  whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
  return type(found)(*whole) if hasattr(found, '_fields') else tuple(whole)


def _check(pictures: np.ndarray, size: int) -> None:
  wanted = (size, size, 3)
  if pictures.dtype != np.uint8 or pictures.shape[1:] != wanted:
    raise ValueError(
      f'wants n {size} {size} 3 uint8, got {pictures.dtype} {pictures.shape}'
    )
  if not len(pictures):
    raise UserError('no picture to encode')


def _check_finite(found: Encoded, how: How) -> None:
  lost = ~(
    np.isfinite(found.trace).all(1) & np.isfinite(found.codes).all((1, 2))
  )
  if lost.any():
    raise UserError(
      f'{lost.sum()} of {len(lost)} codes ran away: lower config.encode.rate='
      f'{how.rate:g}'
    )
