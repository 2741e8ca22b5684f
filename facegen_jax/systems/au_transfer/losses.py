"""What each phase of training minimises."""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses.adversarial import bce_discriminator, bce_generator
from facegen_jax.losses.gradient_penalty import r1
from facegen_jax.nn.resize import average_pool, nearest
from facegen_jax.systems.au_transfer import sampling
from facegen_jax.systems.au_transfer.curriculum import Level
from facegen_jax.systems.au_transfer.features import (
  FaceFeatures,
  people_loss,
  units_loss,
)

G, D = 'generator', 'discriminator'


def reals(picture: jax.Array, level: Level, step: Any) -> jax.Array:
  """Real pictures b s s 3 uint8 at a level's size, b R R 3 in [-1, 1].

  During a fade they are mixed with their own 2x2 means, as the generator's
  pictures are with those of the resolution before.
  """
  x = shrunk(to_unit(picture), level.size)
  share = level.share(step)
  if share is None:
    return x
  coarse = nearest(shrunk(x, level.size // 2), x.shape[1:3])
  return x + share * (coarse - x)


def shrunk(x: jax.Array, size: int) -> jax.Array:
  """Means over boxes of pixels: b s s c -> b size size c."""
  factor = x.shape[1] // size
  return average_pool(x, factor, stride=factor) if factor > 1 else x


class Reading:
  """The loss of a network of features and of its head of people.

  Args:
    features: the network.
    people: `apply` of `features.People`.
    names: of both in a state.
    weight: of the action units.
  """

  def __init__(
    self, features: FaceFeatures, people: Any, names: tuple, weight: float
  ):
    self._features, self._people = features, people
    self._names, self._weight = names, weight

  def __call__(self, params: dict, turn: Turn) -> tuple[jax.Array, Out]:
    """Cross-entropy of people, and squared error of action units."""
    name, head = self._names
    net = Variables(params[name], turn.nets[name].stats)
    x = to_unit(turn.batch['picture'])
    code, read, stats = self._features.read(net, x)
    logits = self._people(Variables(params[head]), code)[0]
    who, accuracy = people_loss(logits, turn.batch['subject'])
    which, error = units_loss(read, turn.batch['units'])
    metrics = {'accuracy': accuracy, 'units_error': error}
    return who + self._weight * which, Out({name: stats}, metrics)


class Adversarial:
  """The losses of a level: non-saturating, with R1 (Mescheder et al. 2018).

  Args:
    config: of the run; `loss` and `model.mixing` are read.
    apply: of `generator` and `discriminator`.
    level: whose pictures these are.
  """

  def __init__(self, config: Any, apply: dict[str, Any], level: Level):
    self._apply, self._level = apply, level
    self._mixing = config.model.mixing
    self._gamma, self._every = config.loss.r1_gamma, config.loss.r1_every

  def _fakes(self, params: Any, turn: Turn, count: int) -> tuple:
    """Pictures, and G's statistics with w counted in their mean.

    With probability `mixing` a batch takes the layers from a random one on
    from other codes (CVPR 2019, section 3.1).
    """
    level, apply = self._level, self._apply[G]
    net = Variables(params, turn.nets[G].stats)
    keys = jax.random.split(turn.key, 4)
    one, other = (
      sampling.sample_codes(apply, net, key, count) for key in keys[:2]
    )
    cutoff = sampling.draw_cutoffs(keys[2], 1, level.layers, self._mixing)
    fakes, stats = apply(
      net,
      sampling.mixed(one, other, cutoff),
      method='synthesise',
      noise=keys[3],
      resolution=level.size,
      fade=level.share(turn.step),
    )
    mean = sampling.track_average(stats['w_avg'], one[:, 0])
    return fakes, stats | {'w_avg': jax.lax.stop_gradient(mean)}

  def _score(self, net: Variables, x: jax.Array, step: Any) -> jax.Array:
    return self._apply[D](net, x, fade=self._level.share(step))[0]

  def discriminator(self, params: dict, turn: Turn) -> tuple[jax.Array, Out]:
    """Softplus(D(fake)) + softplus(-D(real)); R1 too where it is not lazy."""
    net = Variables(params[D], turn.nets[D].stats)
    real = reals(turn.batch['picture'], self._level, turn.step)
    fake, stats = self._fakes(turn.nets[G].params, turn, len(real))
    real_score = self._score(net, real, turn.step)
    fake_score = self._score(net, fake, turn.step)
    value = bce_discriminator([real_score], [fake_score])
    metrics = {'real': real_score.mean(), 'fake': fake_score.mean()}
    if self._every == 1:
      value, more = self._with_r1(value, net, real, turn.step)
      metrics |= more
    return value, Out({G: stats}, metrics)

  def _with_r1(
    self, value: jax.Array, net: Variables, real: jax.Array, step: Any
  ) -> tuple[jax.Array, dict[str, jax.Array]]:
    penalty = r1(lambda x: self._score(net, x, step), real).mean()
    value += self._every * self._gamma / 2 * penalty
    return value, {'r1': penalty}

  def r1(self, params: dict, turn: Turn) -> tuple[jax.Array, Out]:
    """R1 of every n-th step, n times as strong."""
    net = Variables(params[D], turn.nets[D].stats)
    real = reals(turn.batch['picture'], self._level, turn.step)
    value, metrics = self._with_r1(jnp.zeros(()), net, real, turn.step)
    return value, Out(metrics=metrics)

  def generator(self, params: dict, turn: Turn) -> tuple[jax.Array, Out]:
    """Softplus(-D(fake))."""
    count = len(turn.batch['picture'])
    fake, stats = self._fakes(params[G], turn, count)
    score = self._score(turn.nets[D].variables, fake, turn.step)
    return bce_generator([score]), Out({G: stats})
