"""Codes and their pictures, from which v learns."""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Net, Variables
from facegen_jax.systems.au_transfer import sampling
from facegen_jax.systems.au_transfer.coding import Coding
from facegen_jax.systems.au_transfer.networks import GENERATOR, REGRESSOR


def crossed(key: jax.Array, codes: jax.Array) -> jax.Array:
  """Codes of W+ out of codes of W: 4 b L w -> b L w.

  Each takes its rows in turn from three or four codes, so that there are two
  or three crossovers.
  """
  parts = jnp.split(codes, 4)
  count, layers = parts[0].shape[:2]
  where, third = jax.random.split(key)
  places = jnp.broadcast_to(jnp.arange(1, layers), (count, layers - 1))
  places = jax.random.permutation(where, places, axis=1, independent=True)
  cuts = jnp.sort(places[:, :3], axis=1)
  last = jax.random.bernoulli(third, 0.5, (count,))
  cuts = cuts.at[:, 2].set(jnp.where(last, cuts[:, 2], layers))
  made = parts[0]
  for i, part in enumerate(parts[1:]):
    made = sampling.mixed(made, part, cuts[:, i])
  return made


class Pairs:
  """The loss of v: mean squared error of the codes.

  Half of a batch are codes of W, truncated in all rows by `model.psi`, as a
  code in one place tells little of the rare ones; half are mixed, for the
  codes of real pictures are of W+.

  Args:
    coding: whose averaged generator makes the pictures.
    learn: `Regressor.learn`.
  """

  def __init__(self, coding: Coding, learn: Any):
    self._coding, self._learn = coding, learn

  def codes(self, net: Net, key: jax.Array, count: int) -> jax.Array:
    """`count` codes, `count` L w."""
    apply, w = self._coding.apply[GENERATOR], net.averaged
    keys, half = jax.random.split(key, 3), count // 2
    psi = self._coding.config.model.psi
    plain = sampling.sample_codes(apply, w, keys[0], count - half, psi=psi)
    drawn = sampling.sample_codes(apply, w, keys[1], 4 * half)
    return jnp.concatenate([plain, crossed(keys[2], drawn)])

  def __call__(self, params: dict, turn: Turn) -> tuple[jax.Array, Out]:
    """The loss, and its share of what the mean code has."""
    nets, count = turn.nets, len(turn.batch['picture'])
    codes = self.codes(nets[GENERATOR], turn.key, count)
    pictures = self._coding.render(nets, turn.frozen, codes)
    net = Variables(params[REGRESSOR], nets[REGRESSOR].stats)
    found, stats = self._learn(net, pictures)
    loss = jnp.square(found - codes).mean()
    mean = self._coding.mean_code(nets, turn.frozen)
    metrics = {'of_mean': loss / jnp.square(mean - codes).mean()}
    return loss, Out({REGRESSOR: stats}, metrics)
