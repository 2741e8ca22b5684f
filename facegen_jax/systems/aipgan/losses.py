"""The seven loss terms of AIP-GAN (section 3.5), as the turns use them.

Every public method is a phase's loss.
"""

from collections.abc import Callable, Sequence
from typing import Any

import dm_pix
import jax
import jax.numpy as jnp

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import adversarial, content
from facegen_jax.nn import resize
from facegen_jax.nn.landmarks import flip_landmarks, landmark_image
from facegen_jax.systems.aipgan.networks import Encoded
from facegen_jax.systems.feature_net import FeatureNet, distance

Params = dict[str, Any]
Terms = dict[str, jax.Array]
Loss = tuple[jax.Array, Out]

_PICTURES = ('source', 'target', 'truth', 'source_map', 'target_map')
_POINTS = ('source_landmarks', 'target_landmarks')


def flipped(batch: dict[str, jax.Array], key: jax.Array) -> dict[str, Any]:
  """Pictures to [-1, 1], each example mirrored or not (landmarks too)."""
  size = batch['source'].shape[-2]
  flip = jax.random.bernoulli(key, shape=batch['has_truth'].shape)
  out = dict(batch)
  for name in _PICTURES:
    x = to_unit(batch[name])
    mirrored = dm_pix.flip_left_right(x)
    out[name] = jnp.where(flip[:, None, None, None], mirrored, x)
  for name in _POINTS:
    mirrored = flip_landmarks(batch[name], size)
    out[name] = jnp.where(flip[:, None, None], mirrored, batch[name])
  return out


def both(batch: dict[str, jax.Array], name: str = '') -> jax.Array:
  """Of the sources, then of the targets; pictures, when no name is given."""
  name = f'_{name}' if name else ''
  return jnp.concatenate([batch[f'source{name}'], batch[f'target{name}']])


class Losses:
  """The losses over named networks.

  Args:
    config: whole config; `loss` holds the weights.
    apply: pure apply functions by name.
    features: the networks behind L_if and L_ef.
  """

  def __init__(
    self,
    config: Any,
    apply: dict[str, Callable],
    features: dict[str, FeatureNet],
  ):
    self._weights = config.loss
    self._size, self._head_size = config.data.size, config.model.head_size
    self._apply, self._features = apply, features

  def who(self, params: Params, turn: Turn) -> Loss:
    """Identity features: the person of both pictures."""
    batch = flipped(turn.batch, turn.key)
    return self._learn(
      'identity_features',
      params,
      turn,
      both(batch),
      both(batch, 'subject'),
    )

  def which(self, params: Params, turn: Turn) -> Loss:
    """Expression features: the expression of both pictures."""
    batch = flipped(turn.batch, turn.key)
    return self._learn(
      'expression_features',
      params,
      turn,
      both(batch),
      both(batch, 'label'),
    )

  def _learn(
    self,
    name: str,
    params: Params,
    turn: Turn,
    x: jax.Array,
    label: jax.Array,
  ) -> Loss:
    net = _variables(name, params, turn)
    value, stats, metrics = self._features[name].learn(net, x, label)
    return value, Out(stats={name: stats}, metrics=metrics)

  def expression(self, params: Params, turn: Turn) -> Loss:
    """Stage 1, G_es: l4 L_d + l6 L_att, on every picture."""
    batch = flipped(turn.batch, turn.key)
    e, stats = self._run('expression', params, turn, both(batch))
    terms = self._expression_terms(
      e, both(batch, 'landmarks'), both(batch, 'label')
    )
    return self._total(terms), Out(stats=stats, metrics=terms)

  def identity(self, params: Params, turn: Turn) -> Loss:
    """Stage 1, G_et: l5 L_h, on every picture."""
    batch = flipped(turn.batch, turn.key)
    i, stats = self._run('identity', params, turn, both(batch))
    terms = self._identity_terms(i, both(batch, 'map'))
    return self._total(terms), Out(stats=stats, metrics=terms)

  def decoder(self, params: Params, turn: Turn) -> Loss:
    """Stage 2, encoders fixed: l1 L_irec + l2 L_if + l3 L_ef."""
    batch = flipped(turn.batch, turn.key)
    _, _, made, stats = self._generate(params, turn, batch)
    terms = self._picture_terms(made, turn, batch)
    return self._total(terms), Out(stats=stats, metrics=terms)

  def full(self, params: Params, turn: Turn) -> Loss:
    """Stage 3, the generator: all seven terms."""
    batch = flipped(turn.batch, turn.key)
    e, i, made, stats = self._generate(params, turn, batch)
    terms = (
      self._picture_terms(made, turn, batch)
      | self._expression_terms(
        e, batch['source_landmarks'], batch['source_label']
      )
      | self._identity_terms(i, batch['target_map'])
    )
    logits = self._logits({}, turn, made)
    terms['adversarial'] = adversarial.lsgan_generator(logits)
    # The discriminator's phase sees the pictures of this one.
    handed = {'made': made, 'real': batch['target']}
    return self._total(terms), Out(stats, terms, handed)

  def discriminator(self, params: Params, turn: Turn) -> Loss:
    """Stage 3, D: least squares on real targets and on this turn's pictures."""
    # No statistics over the batch: both halves in one pass.
    x = jnp.concatenate([turn.batch['real'], turn.batch['made']])
    halves = [jnp.split(logits, 2) for logits in self._logits(params, turn, x)]
    value = adversarial.lsgan_discriminator(*zip(*halves, strict=True))
    return value, Out()

  def _generate(
    self, params: Params, turn: Turn, batch: dict[str, jax.Array]
  ) -> tuple[Encoded, Encoded, jax.Array, dict[str, Any]]:
    e, e_stats = self._run('expression', params, turn, batch['source'])
    i, i_stats = self._run('identity', params, turn, batch['target'])
    made, stats = self._run('decoder', params, turn, e, i)
    return e, i, made, e_stats | i_stats | stats

  def _run(
    self, name: str, params: Params, turn: Turn, *inputs: Any
  ) -> tuple[Any, dict[str, Any]]:
    """Output and, of a network that moves, new statistics by its name."""
    net, moves = _variables(name, params, turn), name in params
    out, stats = self._apply[name](net, *inputs, train=moves)
    return out, {name: stats} if moves else {}

  def _logits(
    self, params: Params, turn: Turn, x: jax.Array
  ) -> list[jax.Array]:
    net = _variables('discriminator', params, turn)
    return [scale[-1] for scale in self._apply['discriminator'](net, x)[0]]

  def _expression_terms(
    self, e: Encoded, landmarks: jax.Array, label: jax.Array
  ) -> Terms:
    points = landmark_image(landmarks, self._size)
    attention = [content.class_loss(p, label) for p in e.log_probs]
    return {
      'landmarks': content.l2(e.image, self._small(points)),
      'attention': sum(attention),
    }

  def _identity_terms(self, i: Encoded, identity_map: jax.Array) -> Terms:
    return {'identity_map': content.l2(i.image, self._small(identity_map))}

  def _small(self, x: jax.Array) -> jax.Array:
    """A head may be smaller than the picture; its target is averaged."""
    n = self._head_size
    if not n or n == x.shape[1]:
      return x
    return resize.average_pool(x, x.shape[1] // n, stride=x.shape[1] // n)

  def _picture_terms(
    self, made: jax.Array, turn: Turn, batch: dict[str, jax.Array]
  ) -> Terms:
    known, source = batch['has_truth'], batch['source']
    # The same person as the result, in the right expression where there is one.
    same = jnp.where(
      known[:, None, None, None] > 0, batch['truth'], batch['target']
    )
    w = self._weights
    return {
      'pixels': content.l1(made, batch['truth'], known),
      'identity_features': self._distance(
        'identity_features', turn, made, same, w.identity_taps
      ),
      'expression_features': self._distance(
        'expression_features', turn, made, source, w.expression_taps
      ),
    }

  def _distance(
    self,
    name: str,
    turn: Turn,
    made: jax.Array,
    real: jax.Array,
    taps: Sequence[str],
  ) -> jax.Array:
    features = self._features[name]
    net = turn.frozen.get(name) or turn.nets[name].variables
    return distance(
      features.taps(net, made),
      features.taps(net, real),
      tuple(taps),
      exprgan_scaling=self._weights.exprgan_scaling,
    )

  def _total(self, terms: Terms) -> jax.Array:
    weights = self._weights.weights
    return sum(weights[name] * value for name, value in terms.items())


def _variables(name: str, params: Params, turn: Turn) -> Variables:
  """The weights that move, or the present ones of a net that does not."""
  net = turn.nets[name]
  return Variables(params.get(name, net.params), net.stats)
