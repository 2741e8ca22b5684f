"""Whose motion a portrait is given, in which way."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.systems.facial_prior import motion, networks, transfer
from facegen_jax.systems.facial_prior.keypoints import KeyPoints
from facegen_jax.systems.facial_prior.regions import Regions

MODES = ('relative', 'absolute', 'avd')


def available(config: Any) -> tuple[str, ...]:
  """The modes that a run can have."""
  return MODES if networks.with_avd(config) else MODES[:2]


def offered(config: Any) -> tuple[str, ...]:
  """`available`, that of `config.model.transfer` first."""
  first = config.model.transfer
  return (first, *(mode for mode in available(config) if mode != first))


def repeated(tree: Any, count: int) -> Any:
  """Arrays of `count` rows, of those of one row or of as many."""
  return jax.tree.map(
    lambda x: jnp.broadcast_to(x, (count, *x.shape[1:])), tree
  )


def chosen(moved: list[Any], index: jax.Array | int, count: int) -> Any:
  """`moved[index]` of `count` rows.

  Every one is made, which costs nothing beside a picture.
  """
  return jax.tree.map(
    lambda *x: jax.lax.select_n(jnp.asarray(index, jnp.int32), *x),
    *repeated(moved, count),
  )


def key_points(
  modes: tuple[str, ...],
  source: KeyPoints,
  driving: KeyPoints,
  first: KeyPoints,
  adaptive: jax.Array | bool,
) -> list[KeyPoints]:
  """FOMM's points to paint by, a mode each.

  `adaptive`: whether relative movement is scaled to the source's size.
  """

  def relative(scaled: bool) -> KeyPoints:
    return motion.transferred(
      source,
      driving,
      first,
      relative=True,
      relative_jacobian=True,
      adaptive=scaled,
    )

  found = {'absolute': driving, 'relative': _either(relative, adaptive)}
  return [found[mode] for mode in modes]


def _either(make: Callable[[bool], Any], which: jax.Array | bool) -> Any:
  """`make(which)` of a value that is not known when it is compiled."""
  return jax.tree.map(
    lambda a, b: jnp.where(which, a, b), make(True), make(False)
  )


def regions(
  modes: tuple[str, ...],
  source: Regions,
  driving: Regions,
  first: Regions,
  avd: Callable[[Regions, Regions], Regions] | None,
  adaptive: jax.Array | bool,
) -> list[Regions]:
  """MRAA's regions to paint by, a mode each; see `key_points`."""
  names = {'absolute': 'standard'}

  def moved(mode: str, scaled: bool = True) -> Regions:
    mode = names.get(mode, mode)
    return transfer.transferred(
      source, driving, mode=mode, initial=first, avd=avd, adaptive=scaled
    )

  found = {mode: moved(mode) for mode in modes if mode != 'relative'}
  found['relative'] = _either(partial(moved, 'relative'), adaptive)
  return [found[mode] for mode in modes]
