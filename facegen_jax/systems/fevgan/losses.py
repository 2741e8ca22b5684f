"""The losses of FEV-GAN (section 3.3), without the printed slips.

Every public method is a phase's loss.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import adversarial, content
from facegen_jax.systems.feature_net import FeatureNet
from facegen_jax.systems.fevgan import identity

Params = dict[str, Any]
Loss = tuple[jax.Array, Out]
Generator = Callable[..., tuple[jax.Array, dict[str, Any]]]


class Losses:
  """The losses over named networks.

  Args:
    config: whole config; `loss` holds the weights.
    discriminate: D's pure apply.
    generate: `(variables by name, F of the pictures, pictures, labels,
      train=) -> clips and new statistics by name`.
    features: the networks that tell who and which expression.
  """

  def __init__(
    self,
    config: Any,
    discriminate: Callable,
    generate: Generator,
    features: dict[str, FeatureNet],
  ):
    self._loss, self._reading = config.loss, config.model.id_feature
    self._remat, self._frames = config.model.remat, config.features.frames
    self._discriminate, self._generate = discriminate, generate
    self._features = features

  def who(self, params: Params, turn: Turn) -> Loss:
    """Identity features: the person, from any frame."""
    length = turn.batch['video'].shape[1]
    return self._learn(
      'identity_features', params, turn, (0, length), turn.batch['subject']
    )

  def which(self, params: Params, turn: Turn) -> Loss:
    """Expression features: the expression, from frames near the apex.

    They judge a run's clips and are in no loss of the generator.
    """
    length = turn.batch['video'].shape[1]
    return self._learn(
      'expression_features',
      params,
      turn,
      (length - length // 4, length),
      turn.batch['label'],
    )

  def _learn(
    self,
    name: str,
    params: Params,
    turn: Turn,
    span: tuple[int, int],
    label: jax.Array,
  ) -> Loss:
    """Cross-entropy of random frames of `span`, each mirrored or not."""
    video, (when, mirror) = turn.batch['video'], jax.random.split(turn.key)
    shape = (len(video), self._frames)
    picks = jax.random.randint(when, shape, *span)
    x = to_unit(video[jnp.arange(len(video))[:, None], picks])
    flip = jax.random.bernoulli(mirror, shape=shape)[..., None, None, None]
    x = jnp.where(flip, x[..., ::-1, :], x).reshape(-1, *video.shape[2:])
    net = Variables(params[name], turn.nets[name].stats)
    value, stats, metrics = self._features[name].learn(
      net, x, jnp.repeat(label, self._frames)
    )
    return value, Out(stats={name: stats}, metrics=metrics)

  def generator(self, params: Params, turn: Turn) -> Loss:
    """L_G: L_adv + lambda_1 L_rec + lambda_2 L_id (equation 6).

    The clips are handed on to the discriminator's phase.
    """
    video, label = to_unit(turn.batch['video']), turn.batch['label']
    f_id = self._maps(turn)(video[:, 0])
    nets = _present(turn) | {
      name: Variables(params[name], turn.nets[name].stats) for name in params
    }
    made, stats = self._generate(nets, f_id, video[:, 0], label, True)
    logits, _ = self._discriminate(
      nets['discriminator'], made, label, train=True
    )
    terms = {
      'adversarial': adversarial.bce_generator([logits]),
      'pixels': content.l1(made, video),
    }
    weights = self._loss.weights
    if weights.moving:
      terms['moving'] = content.moving_l1(made, video)
    if weights.identity:
      terms['identity'] = self._identity(turn, f_id, video, made)
    total = sum(weights[name] * value for name, value in terms.items())
    return total, Out(stats, terms, {'made': made})

  def discriminator(self, params: Params, turn: Turn) -> Loss:
    """L_D: real clips to 1, those that the generator just made to 0."""
    video, label = to_unit(turn.batch['video']), turn.batch['label']
    net = Variables(params['discriminator'], turn.nets['discriminator'].stats)
    real, stats = self._discriminate(net, video, label, train=True)
    # Each half by its own statistics.
    fake, stats = self._discriminate(
      Variables(net.params, stats), turn.batch['made'], label, train=True
    )
    metrics = {'real': jnp.mean(real), 'fake': jnp.mean(fake)}
    value = adversarial.bce_discriminator([real], [fake])
    return value, Out({'discriminator': stats}, metrics)

  def _identity(
    self, turn: Turn, target: jax.Array, video: jax.Array, made: jax.Array
  ) -> jax.Array:
    """L_id of `made`, whose input has the features `target`."""
    picks = identity.frames(made.shape[1], self._loss.id_frames, turn.key)
    features = self._maps(turn)
    if self._loss.id_target == 'video':
      target = identity.by_frame(features, video[:, picks])
    return identity.loss(
      features,
      made[:, picks],
      target,
      relative=self._loss.id_relative,
      remat=self._remat,
    )

  def _maps(self, turn: Turn) -> Callable[[jax.Array], jax.Array]:
    name = 'identity_features'
    net = turn.frozen.get(name) or turn.nets[name].variables
    return lambda x: identity.maps(self._features[name], net, x, self._reading)


def _present(turn: Turn) -> dict[str, Variables]:
  return {name: net.variables for name, net in turn.nets.items()}
