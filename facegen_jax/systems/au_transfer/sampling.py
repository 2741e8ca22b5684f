"""Codes of the generator: drawn, mixed by layer, averaged.

A w is always a mapped z: normal numbers taken for a w give no faces.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from facegen_jax.core.mesh import cut
from facegen_jax.core.state import Variables

_KEPT = 0.995  # of the mean of w at a step (official training)


def sample_codes(
  apply: Callable,
  net: Variables,
  key: jax.Array,
  count: int,
  *,
  psi: jax.Array | float | None = None,
  cutoff: jax.Array | int | None = None,
) -> jax.Array:
  """Draws `count` codes b L w, every row of a code the same w.

  With `psi` rows below `cutoff` (None: all) are truncated towards w_avg.
  """
  first = net.params['mapping']['layers'][0]['kernel']
  z = cut(jax.random.normal(key, (count, len(first))))
  w = apply(net, z, method='map')[0]
  codes = apply(net, w, method='broadcast')[0]
  if psi is None:
    return codes
  cutoff = codes.shape[1] if cutoff is None else cutoff
  return apply(net, codes, psi, cutoff, method='truncate')[0]


def mixed(a: jax.Array, b: jax.Array, cutoffs: jax.Array) -> jax.Array:
  """Codes b L w with `a`'s rows below a cutoff and `b`'s from there on.

  `cutoffs` is one number, or one for each code (b): 0 is all of b, L all of a.
  """
  rows = jnp.arange(a.shape[1])
  below = rows < jnp.reshape(jnp.asarray(cutoffs), (-1, 1))
  return jnp.where(below[..., None], a, b)


def draw_cutoffs(
  key: jax.Array, count: int, layers: int, probability: float
) -> jax.Array:
  """Where training mixes two codes (CVPR 2019, section 3.1): `count`, int32.

  With `probability` in 1 .. layers - 1, else `layers`, which mixes nothing.
  """
  where, whether = jax.random.split(key)
  cutoffs = jax.random.randint(where, (count,), 1, layers)
  mixes = jax.random.uniform(whether, (count,)) < probability
  return jnp.where(mixes, cutoffs, layers)


def track_average(w_avg: jax.Array, w: jax.Array) -> jax.Array:
  """The running mean (w) after a step that used `w` (b w)."""
  return _KEPT * w_avg + (1 - _KEPT) * w.mean(0)
