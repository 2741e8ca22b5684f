"""The code of a picture: a generator is inverted by gradient descent.

Section 3.1 and equation 1: the code moves until the generator's picture has
the features of the given one. All pictures of a batch move in one compiled
loop, each as if it were alone.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

OPTIMIZERS = ('adam', 'sgd')
DECAYS = ('none', 'cosine')

Render = Callable[[jax.Array], jax.Array]  # codes b L w -> pictures b s s 3
Feature = Callable[[jax.Array], jax.Array]  # pictures -> b f
Maps = Callable[[jax.Array], Sequence[jax.Array]]  # pictures -> maps b h w c


class How(NamedTuple):
  """How a code is looked for; the paper gives the loss alone.

  Attributes:
    iterations: most updates; 512 in the paper's Figure 6.
    rate: of the optimiser.
    optimizer: 'adam' (0.9, 0.999) or 'sgd', plain gradient descent.
    threshold: share of the loss at the mean code under which a picture counts
      as reached.
    pixels: weight of the mean squared difference of pixels. Extension, as are
      the next two.
    conv: weight of the mean |difference| of convolutional features, each map
      over its own mean |feature|.
    pull: weight of the mean squared distance to the mean code.
    feature: weight of equation 1; 0 with `pixels` is the older method that
      the paper compares with.
    stop: a picture that is reached keeps its code.
    decay: of the rate, 'none' or 'cosine' down to 0 at the last update.
  """

  iterations: int = 512
  rate: float = 0.02
  optimizer: str = 'adam'
  threshold: float = 0.1
  pixels: float = 0.0
  conv: float = 0.0
  pull: float = 0.0
  feature: float = 1.0
  stop: bool = True
  decay: str = 'none'


class Encoded(NamedTuple):
  """Codes, and how they were found.

  Attributes:
    codes: b L w.
    loss: b, of the codes: mean |difference| of features (equation 1), without
      weights and extensions, so that all ways of encoding compare.
    trace: b iterations+1, the loss after 0, 1, ... updates; constant once a
      code is kept.
    reached: b int32, updates until the loss was first under the threshold,
      -1 = never.
    kept: b k L w, codes after the asked numbers of updates.
  """

  codes: jax.Array
  loss: jax.Array
  trace: jax.Array
  reached: jax.Array
  kept: jax.Array


class _Search(NamedTuple):
  """What a step of the loop hands to the next."""

  step: jax.Array
  codes: jax.Array
  opt: optax.OptState
  trace: jax.Array
  reached: jax.Array
  kept: jax.Array


def encode(
  render: Render,
  feature: Feature,
  pictures: jax.Array,
  start: jax.Array,
  how: How,
  mean_loss: jax.Array | None = None,
  *,
  maps: Maps | None = None,
  mean: jax.Array | None = None,
  keep: tuple[int, ...] = (),
) -> Encoded:
  """Looks for the codes of pictures; jit-able, one loop without a host.

  The loop ends when every picture has been reached and keeps its code.

  Args:
    render: codes b L w to pictures b s s 3, differentiable, not clipped.
    feature: pictures to b f.
    pictures: b s s 3 in [-1, 1].
    start: first codes, b L w.
    how: see `How`.
    mean_loss: loss at the mean code, b, by which the threshold is meant; None:
      nothing is reached.
    maps: pictures to convolutional features, for `how.conv`.
    mean: the mean code, L w, for `how.pull`.
    keep: numbers of updates after which codes are kept, 0 = the start.

  Raises:
    ValueError: an unknown optimiser or decay, a weight without what it needs.
  """
  _check(how, maps, mean)
  loss = _loss(render, feature, pictures, how, maps, mean)
  rule = _rule(how)
  limit = 0.0 if mean_loss is None else how.threshold * mean_loss
  moments, asked = jnp.arange(how.iterations + 1), jnp.asarray(keep, jnp.int32)

  def going(s: _Search) -> jax.Array:
    waiting = jnp.any(s.reached < 0) if how.stop else True
    return (s.step <= how.iterations) & waiting

  def body(s: _Search) -> _Search:
    (_, losses), grads = jax.value_and_grad(loss, has_aux=True)(s.codes)
    first = (s.reached < 0) & (losses < limit)
    reached = jnp.where(first, s.step, s.reached)
    # All later moments too: right at once where the loop ends early.
    trace = jnp.where(moments >= s.step, losses[:, None], s.trace)
    later = (asked >= s.step)[:, None, None]
    kept = jnp.where(later, s.codes[:, None], s.kept)
    delta, opt = rule.update(grads, s.opt, s.codes)
    still = s.step == how.iterations
    still = (still | (reached >= 0)) if how.stop else still
    still = jnp.broadcast_to(still, reached.shape)[:, None, None]
    codes = jnp.where(still, s.codes, s.codes + delta)
    return _Search(s.step + 1, codes, opt, trace, reached, kept)

  found = jax.lax.while_loop(going, body, _begin(start, rule, how, len(keep)))
  return Encoded(
    found.codes, found.trace[:, -1], found.trace, found.reached, found.kept
  )


def distances(feature: Feature, a: jax.Array, b: jax.Array) -> jax.Array:
  """Equation 1 between pictures: mean |difference| of features, b."""
  return jnp.abs(feature(a) - feature(b)).astype(jnp.float32).mean(1)


def _check(how: How, maps: Maps | None, mean: jax.Array | None) -> None:
  if how.optimizer not in OPTIMIZERS or how.decay not in DECAYS:
    raise ValueError(f'optimizer is of {OPTIMIZERS}, decay of {DECAYS}: {how}')
  if how.conv and maps is None:
    raise ValueError('conv needs maps')
  if how.pull and mean is None:
    raise ValueError('pull needs the mean code')


def _rule(how: How) -> optax.GradientTransformation:
  rate = how.rate
  if how.decay == 'cosine':
    rate = optax.cosine_decay_schedule(rate, max(how.iterations, 1))
  return optax.adam(rate) if how.optimizer == 'adam' else optax.sgd(rate)


def _begin(
  start: jax.Array, rule: optax.GradientTransformation, how: How, kept: int
) -> _Search:
  count = start.shape[0]
  return _Search(
    jnp.zeros((), jnp.int32),
    start,
    rule.init(start),
    jnp.zeros((count, how.iterations + 1), jnp.float32),
    jnp.full((count,), -1, jnp.int32),
    jnp.zeros((count, kept, *start.shape[1:]), start.dtype),
  )


def _loss(
  render: Render,
  feature: Feature,
  pictures: jax.Array,
  how: How,
  maps: Maps | None,
  mean: jax.Array | None,
) -> Callable[[jax.Array], tuple[jax.Array, jax.Array]]:
  """`codes -> (sum over pictures of all terms, equation 1 of each)`.

  A sum, so that no picture's gradient depends on how many are beside it.
  """
  wanted = feature(pictures)
  wanted_maps = maps(pictures) if how.conv else ()

  def loss(codes: jax.Array) -> tuple[jax.Array, jax.Array]:
    made = render(codes)
    gap = jnp.abs(feature(made) - wanted).astype(jnp.float32).mean(1)
    # What weighs nothing has no gradient to compute.
    total = how.feature * gap if how.feature else jnp.zeros_like(gap)
    if how.pixels:
      total += how.pixels * jnp.square(made - pictures).mean((1, 2, 3))
    if how.conv:
      total += how.conv * _maps_apart(maps(made), wanted_maps)
    if how.pull:
      total += how.pull * jnp.square(codes - mean).mean((1, 2))
    return total.sum(), gap

  return loss


def _maps_apart(
  made: Sequence[jax.Array], real: Sequence[jax.Array]
) -> jax.Array:
  """Mean over maps of mean |difference| over mean |real|, b."""
  rows = []
  for a, b in zip(made, real, strict=True):
    size = jnp.abs(b).mean((1, 2, 3))
    rows.append(jnp.abs(a - b).mean((1, 2, 3)) / jnp.maximum(size, 1e-12))
  return sum(rows) / len(rows)
