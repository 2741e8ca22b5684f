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
from facegen_jax.data.progress import Counted
from facegen_jax.systems.au_transfer import invert, walk
from facegen_jax.systems.au_transfer.encoding import Encoded, How
from facegen_jax.systems.au_transfer.encoding_config import STARTS, how_of

SYSTEM = 'au_transfer'
_WAIT = 50  # updates of a walk, until one is waited for and shown


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
    self._walk = jax.jit(
      functools.partial(invert.walk, system), static_argnames=('moved', 'how')
    )
    self._render = jax.jit(system.render)

  def __call__(
    self,
    pictures: np.ndarray,
    start: str | None = None,
    keep: tuple[int, ...] = (),
    *,
    seed: int = 0,
    how: How | None = None,
  ) -> Encoded:
    """Codes of pictures, the same whichever others are encoded beside them.

    Args:
      pictures: n s s 3 uint8, aligned as the run's are.
      start: 'v', 'mean' or 'random'; None for the run's own.
      keep: see `systems.au_transfer.encoding.encode`.
      seed: of 'random'; each picture draws its own by its number.
      how: in place of the run's.

    Raises:
      UserError: an unknown start, or codes that run away.
    """
    start, how = start or self.start, how or self.how
    if start not in STARTS:
      raise UserError(f'start={start!r}: choose one of {STARTS}')
    _check(pictures, self.size)
    numbers = np.arange(len(pictures), dtype=np.int32)
    root, begun = jax.random.key(seed), time.monotonic()

    def part(pictures: np.ndarray, numbers: np.ndarray) -> Encoded:
      x = to_unit(pictures)
      first = self._begin(
        self._nets, self._frozen, x, root, numbers, start=start
      )
      return self._search(
        self._nets, self._frozen, x, first, how=how, keep=tuple(keep)
      )

    found = _in_batches(part, self._batch, pictures, numbers)
    _check_finite(found, how)
    logging.info(
      'encoded %d pictures from %s in %.1f s, %d under the threshold',
      *(len(pictures), start, time.monotonic() - begun),
      (found.reached >= 0).sum(),
    )
    return found

  encode = __call__

  def directions(
    self,
    faces: walk.Faces,
    how: walk.How,
    *,
    rows: int,
    moved: int,
    seed: int = 0,
  ) -> tuple[np.ndarray, np.ndarray]:
    """Directions of units, k r w, and the loss of each update.

    Args:
      faces: what they are learned from.
      how: see there.
      rows: r, see `walk.Directions`.
      moved: see `walk.learn`.
      seed: of the faces that each update draws.

    Raises:
      UserError: directions that run away.
    """
    root, losses, show = jax.random.key(seed), [], Counted('updates')
    faces, found = jax.device_put(faces), walk.begin(faces, rows, how)
    # Updates one by one: a loop of them is four times as slow on a CPU.
    for i in range(how.steps):
      found, loss = self._walk(
        *(self._nets, self._frozen, faces, found, root, np.int32(i)),
        moved=moved,
        how=how,
      )
      losses.append(loss)
      if not (i + 1) % _WAIT or i + 1 == how.steps:
        loss.block_until_ready()
        show('of the walk', i + 1, how.steps)
    losses = np.array(jax.device_get(losses))
    if not np.isfinite(losses).all():
      raise UserError(
        f'directions ran away: lower config.units.walk.rate={how.rate:g}'
      )
    return np.asarray(found.ways), losses

  def render(self, codes: np.ndarray) -> np.ndarray:
    """Pictures n s s 3 uint8 of codes n L w."""
    return to_uint8(self.draw(codes))

  def draw(self, codes: np.ndarray) -> np.ndarray:
    """Pictures n s s 3 in [-1, 1] of codes n L w."""

    def part(codes: np.ndarray) -> tuple[jax.Array]:
      return (self._render(self._nets, self._frozen, codes),)

    return _in_batches(part, self._batch, np.float32(codes))[0]


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
