"""The losses of the family, as the phases of a turn use them.

Every public method is a phase's loss.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import content
from facegen_jax.nn import thin_plate
from facegen_jax.nn.thin_plate import ThinPlate
from facegen_jax.systems.facial_prior import (
  articulated,
  avd,
  first_order,
  pairs,
  seen,
)
from facegen_jax.systems.facial_prior.pairs import Pair
from facegen_jax.systems.feature_net import FeatureNet

Params = dict[str, Any]
Loss = tuple[jax.Array, Out]


class Losses:
  """The losses over named networks.

  Args:
    config: whole config; `loss` holds the weights.
    apply: pure apply functions by name.
    nets: the networks that tell who and which expression.
    features: of the perceptual network, see `seen`.
  """

  def __init__(
    self,
    config: Any,
    apply: dict[str, Callable],
    nets: dict[str, FeatureNet],
    features: seen.Features,
  ):
    self._config, self._loss = config, config.loss
    self._apply, self._nets, self._features = apply, nets, features

  def who(self, params: Params, turn: Turn) -> Loss:
    """Identity features: the person of both pictures."""
    return self._learn(seen.WHO, params, turn, 'subject', 'subject')

  def which(self, params: Params, turn: Turn) -> Loss:
    """Expression features: the expression of both pictures."""
    names = ('source_label', 'driving_label')
    return self._learn(seen.WHICH, params, turn, *names)

  def _learn(
    self, name: str, params: Params, turn: Turn, first: str, second: str
  ) -> Loss:
    both = jnp.concatenate([turn.batch['source'], turn.batch['driving']])
    label = jnp.concatenate([turn.batch[first], turn.batch[second]])
    mirror = jax.random.bernoulli(turn.key, shape=label.shape)
    x = jnp.where(mirror[:, None, None, None], both[:, :, ::-1], both)
    net = Variables(params[name], turn.nets[name].stats)
    value, stats, metrics = self._nets[name].learn(net, to_unit(x), label)
    return value, Out(stats={name: stats}, metrics=metrics)

  def first_order(self, params: Params, turn: Turn) -> Loss:
    """FOMM: key points and generator; the picture goes to the critics."""
    pair, plate, hints = self._drawn(turn)
    nets = _variables(params, turn)
    applies = {
      'points': self._apply['keypoints'],
      'generator': self._apply['generator'],
    }
    rebuilt = first_order.rebuild(
      applies,
      {'points': nets['keypoints'], 'generator': nets['generator']},
      pair.source,
      pair.driving,
      plate,
      hints=hints,
      align_corners=self._config.model.align_corners,
    )
    see, weight = self._perceptual(turn)
    w = self._loss.weights
    terms, critic = first_order.generator_losses(
      rebuilt,
      pair.driving,
      plate,
      see,
      self._apply.get('discriminator'),
      nets.get('discriminator'),
      weights=first_order.LossWeights(
        perceptual=weight,
        gan=w.gan,
        feature_matching=(w.feature_matching,) * 16,
        # The prior's points are given: their term moves nothing.
        value=0.0 if hints else w.equivariance_place,
        jacobian=w.equivariance_bend,
      ),
      factors=tuple(self._loss.pyramid),
      critic_factors=tuple(self._loss.critic_pyramid),
    )
    stats = {'keypoints': rebuilt.stats['points']}
    stats['generator'] = rebuilt.stats['generator']
    made = {}
    if w.gan:
      stats['discriminator'] = critic
      made = {'made': rebuilt.generated.prediction, 'real': pair.driving}
      made['points'] = rebuilt.driving.value
    return self._out(terms, rebuilt.generated.prediction, pair, stats, made)

  def discriminator(self, params: Params, turn: Turn) -> Loss:
    """The critics on the pictures that this turn made."""
    batch = turn.batch
    value, stats = first_order.discriminator_loss(
      self._apply['discriminator'],
      _variables(params, turn)['discriminator'],
      batch['made'],
      batch['real'],
      batch['points'],
      critic_factors=tuple(self._loss.critic_pyramid),
    )
    return value, Out({'discriminator': stats})

  def articulated(self, params: Params, turn: Turn) -> Loss:
    """MRAA: regions, background and generator."""
    pair, plate, hints = self._drawn(turn)
    names = ('regions', 'background', 'generator')
    nets = _variables(params, turn)
    model = self._config.model
    rebuilt = articulated.rebuild(
      self._apply,
      {name: nets[name] for name in names},
      pair.source,
      pair.driving,
      plate,
      hints=hints,
      align_corners=model.align_corners,
    )
    see, weight = self._perceptual(turn)
    w = self._loss.weights
    # Regions that are the prior's alone move by nothing.
    fixed = bool(hints) and model.prior_variant == 'faithful'
    terms = articulated.losses(
      rebuilt,
      pair.driving,
      plate,
      see,
      weights=articulated.LossWeights(
        perceptual=weight,
        shift=0.0 if fixed else w.equivariance_place,
        affine=0.0 if fixed else w.equivariance_bend,
      ),
      factors=tuple(self._loss.pyramid),
    )
    return self._out(
      terms, rebuilt.generated.prediction, pair, rebuilt.stats, {}
    )

  def avd(self, params: Params, turn: Turn) -> Loss:
    """AVD: the driving frame's regions from stretched ones.

    Each pair is stretched `avd_draws` times.
    """
    flip, stretch = jax.random.split(turn.key)
    pair = pairs.flipped(turn.batch, flip)
    nets, draws = _variables(params, turn), self._loss.avd_draws

    def regions(x: jax.Array) -> Any:
      found, _ = self._apply['regions'](nets['regions'], x)
      found = found._replace(heatmap=None, covar=None)
      return jax.tree.map(lambda y: jnp.repeat(y, draws, 0), found)

    who, wanted = regions(pair.source), regions(pair.driving)
    pose = avd.randomly_scaled(stretch, wanted)
    found, stats = self._apply['avd'](nets['avd'], who, pose, train=True)
    return avd.loss(found, wanted), Out({'avd': stats})

  def _drawn(self, turn: Turn) -> tuple[Pair, ThinPlate, dict[str, tuple]]:
    """The pair, flipped or not, the deformation, and what the prior says."""
    flip, bend = jax.random.split(turn.key)
    pair, loss = pairs.flipped(turn.batch, flip), self._loss
    plate = thin_plate.draw(
      bend,
      len(pair.source),
      sigma_affine=loss.sigma_affine,
      sigma_plate=loss.sigma_plate,
    )
    rule = self._config.model.prior_rule
    return pair, plate, pairs.hints(pair, plate, rule=rule)

  def _perceptual(self, turn: Turn) -> tuple[seen.Seen, tuple[float, ...]]:
    names = (seen.WHO, seen.WHICH)
    given = turn.frozen.get(seen.FILE)
    nets = [given] if given else [turn.nets[n].variables for n in names]
    weight = self._loss.weights.perceptual
    return seen.by(self._features, nets), seen.weights(weight, len(nets))

  def _out(
    self, terms: dict, made: jax.Array, pair: Pair, stats: dict, handed: dict
  ) -> Loss:
    """The sum of weighed terms, and of L1 where the config asks for it."""
    w = self._loss.weights
    clips = (jnp.stack([pair.source, x], 1) for x in (made, pair.driving))
    own = {
      'pixels': content.l1(made, pair.driving),
      'moving': content.moving_l1(*(2 * clip - 1 for clip in clips)),
    }
    total = sum(terms.values()) + sum(w[k] * v for k, v in own.items())
    return total, Out(stats, terms | own, handed)


def _variables(params: Params, turn: Turn) -> dict[str, Variables]:
  """Every network, those that move with the weights that they have now."""
  nets = {name: net.variables for name, net in turn.nets.items()}
  return nets | {
    name: Variables(moving, turn.nets[name].stats)
    for name, moving in params.items()
  }
