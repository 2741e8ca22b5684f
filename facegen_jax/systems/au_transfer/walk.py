"""Directions along which everybody's codes move as their faces do.

Codes that are looked for one by one tell more of the search than of an action
unit. A walk asks the generator instead: one direction a unit, the same for all
people, learned through the generator until its pictures change as the people
do. Not the paper's: after Jahanian et al., "On the 'steerability' of generative
adversarial networks", ICLR 2020, whose changes are shifts and colours.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.systems.au_transfer.encoding import Feature, Render, distances


class How(NamedTuple):
  """How directions are learned: by Adam, its rate falling to 0 as a cosine.

  Attributes:
    steps: updates.
    batch: faces of each.
    rate: the first.
    feature: weight of equation 1, beside pixels. Pixels alone hardly tell where
      a brow is; features alone do not say that the rest of a face stays.
  """

  steps: int
  batch: int
  rate: float
  feature: float = 0.0


class Faces(NamedTuple):
  """What directions are learned from: faces, and their people at rest.

  Attributes:
    pictures: n s s 3 uint8.
    shown: n k, intensities of units.
    whose: n int32, places in `codes`.
    codes: p L w, of people at rest.
    lost: p s s 3, the pictures that codes draw, less those that they are of.
  """

  pictures: jax.Array
  shown: jax.Array
  whose: jax.Array
  codes: jax.Array
  lost: jax.Array


class Directions(NamedTuple):
  """Where a walk stands.

  Attributes:
    ways: k r w; r rows, the first ones of the code, or 1 that moves them all.
    opt: of Adam.
  """

  ways: jax.Array
  opt: optax.OptState


def begin(faces: Faces, rows: int, how: How) -> Directions:
  """No directions yet, for `Directions.ways` of so many rows."""
  ways = jnp.zeros((faces.shown.shape[1], rows, faces.codes.shape[2]))
  return Directions(ways, _rule(how).init(ways))


def learn(
  render: Render,
  feature: Feature,
  faces: Faces,
  directions: Directions,
  moved: int,
  how: How,
  key: jax.Array,
) -> tuple[Directions, jax.Array]:
  """One update; jit-able.

  What is wanted is the generator's picture of a code at rest, changed as the
  person changes: what a code does not hold of a person is no concern of a
  direction. The loss is the mean squared difference of pixels in [-1, 1], and
  `how.feature` times that of equation 1.

  Args:
    render: codes b L w to pictures b s s 3, differentiable, not clipped.
    feature: pictures to b f.
    faces: what is learned from.
    directions: where to begin.
    moved: rows of a code that move, the first ones.
    how: see `How`.
    key: draws the faces.

  Returns:
    Directions, and the loss before.
  """
  chosen = jax.random.randint(key, (how.batch,), 0, len(faces.pictures))
  whose, shown = faces.whose[chosen], faces.shown[chosen]
  wanted = to_unit(faces.pictures[chosen]) + faces.lost[whose]

  def loss(ways: jax.Array) -> jax.Array:
    made = render(at(faces.codes[whose], shown, ways, moved))
    total = jnp.square(made - wanted).mean()
    if how.feature:
      total += how.feature * distances(feature, made, wanted).mean()
    return total

  ways, opt = directions
  value, grads = jax.value_and_grad(loss)(ways)
  delta, opt = _rule(how).update(grads, opt, ways)
  return Directions(ways + delta, opt), value


def at(
  codes: jax.Array, shown: jax.Array, ways: jax.Array, moved: int
) -> jax.Array:
  """Codes b L w of people at rest, moved to intensities b k."""
  b, layers, w = codes.shape
  move = jnp.einsum('bk,krw->brw', shown, ways)
  move = jnp.broadcast_to(move, (b, moved, w))
  return codes + jnp.pad(move, ((0, 0), (0, layers - moved), (0, 0)))


def _rule(how: How) -> optax.GradientTransformation:
  return optax.adam(optax.cosine_decay_schedule(how.rate, how.steps))
