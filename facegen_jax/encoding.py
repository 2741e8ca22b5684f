"""Codes of pictures by a trained run of `au_transfer`."""

from collections.abc import Callable
import functools
import pathlib
import time
from typing import Any

from absl import logging
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax import runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.core.state import State
from facegen_jax.systems.au_transfer import encoding
from facegen_jax.systems.au_transfer.encoding import Encoded, How

SYSTEM = 'au_transfer'
STARTS = ('v', 'mean', 'random')


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


def how_of(c: Any) -> How:
  """`config.encode` as the loop wants it.

  Raises:
    UserError: names the field and what it may be.
  """
  for name, choices in (
    ('optimizer', encoding.OPTIMIZERS),
    ('decay', encoding.DECAYS),
    ('start', STARTS),
  ):
    if c[name] not in choices:
      raise UserError(
        f'config.encode.{name}={c[name]!r}: choose one of {choices}'
      )
  if c.iterations < 1:
    raise UserError(f'config.encode.iterations={c.iterations}: at least 1')
  for name in ('rate', 'threshold'):
    if not 0 < c[name] < float('inf'):
      raise UserError(f'config.encode.{name}={c[name]}: a number above 0')
  for name in ('pixels', 'conv', 'pull'):
    if not 0 <= c[name] < float('inf'):
      raise UserError(f'config.encode.{name}={c[name]}: 0, or a weight above')
  return How(**{name: c[name] for name in How._fields if name in c})


class Encoder:
  """Looks for the codes of pictures; compiled once a batch size.

  Args:
    system: of the run.
    state: its networks.
    config: its config.

  Attributes:
    size: side of the pictures.
    layers: rows of a code.
    w: length of a row.
    step: of the run.
    start: where codes begin unless another start is asked for.
    how: of `config.encode`.
  """

  def __init__(self, system: Any, state: State, config: Any):
    self.size, self.layers = config.data.size, system.layers
    self.w, self.step = config.model.w, int(state.step)
    self.start, self.how = config.encode.start, how_of(config.encode)
    self._nets, self._frozen = state.nets, system.frozen()
    self._batch = config.evaluate.batch_size
    self._begin = jax.jit(
      functools.partial(_begin, system), static_argnames='start'
    )
    self._search = jax.jit(
      functools.partial(_search, system), static_argnames=('how', 'keep')
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

  def render(self, codes: np.ndarray) -> np.ndarray:
    """Pictures n s s 3 uint8 of codes n L w."""

    def part(codes: np.ndarray) -> tuple[jax.Array]:
      return (self._render(self._nets, self._frozen, codes),)

    (made,) = _in_batches(part, self._batch, np.float32(codes))
    return to_uint8(made)


def _begin(
  system: Any,
  nets: Any,
  frozen: Any,
  pictures: jax.Array,
  root: jax.Array,
  numbers: jax.Array,
  start: str,
) -> jax.Array:
  """First codes of pictures of these numbers, b L w."""
  if start == 'v':
    return system.first_code(nets, frozen, pictures)
  if start == 'mean':
    mean = system.mean_code(nets, frozen)
    return jnp.broadcast_to(mean, (len(pictures), *mean.shape))

  def drawn(number: jax.Array) -> jax.Array:
    key = jax.random.fold_in(root, number)
    return system.random_codes(nets, frozen, key, 1)[0]

  return jax.vmap(drawn)(numbers)


def _search(
  system: Any,
  nets: Any,
  frozen: Any,
  pictures: jax.Array,
  first: jax.Array,
  how: How,
  keep: tuple[int, ...],
) -> Encoded:
  def render(codes: jax.Array) -> jax.Array:
    return system.synthesise(nets, codes)

  def feature(pictures: jax.Array) -> jax.Array:
    return system.encode_feature(nets, frozen, pictures)

  def maps(pictures: jax.Array) -> list[jax.Array]:
    return system.encode_maps(nets, frozen, pictures)

  mean = system.mean_code(nets, frozen)
  limit = encoding.distances(feature, render(mean[None]), pictures)
  return encoding.encode(
    render,
    feature,
    pictures,
    first,
    how,
    limit,
    maps=maps,
    mean=mean,
    keep=keep,
  )


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
  lost = ~np.isfinite(found.trace).all(1)
  if lost.any():
    raise UserError(
      f'{lost.sum()} of {len(lost)} codes ran away: lower config.encode.rate='
      f'{how.rate:g}'
    )
