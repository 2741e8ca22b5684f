"""The seven loss terms of AIP-GAN (section 3.5), as the turns use them.

Every method is a phase's loss:
`(params, nets, frozen, batch, key) -> value, Out`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.phases import Out
from facegen_jax.core.state import Net, Variables
from facegen_jax.losses import adversarial, content
from facegen_jax.nn import resize
from facegen_jax.nn.landmarks import flip_landmarks, landmark_image
from facegen_jax.systems.aipgan.features import FeatureNet, distance
from facegen_jax.systems.aipgan.networks import Encoded

_GENERATOR = ('expression', 'identity', 'decoder')
_PICTURES = ('source', 'target', 'truth', 'identity_map')


def flipped(batch: dict[str, jax.Array], key: jax.Array) -> dict[str, Any]:
  """Pictures to [-1, 1], each example mirrored or not (landmarks too)."""
  size = batch['source'].shape[-2]
  flip = jax.random.bernoulli(key, shape=batch['label'].shape)
  out = dict(batch)
  for name in _PICTURES:
    x = batch[name].astype(jnp.float32) / 127.5 - 1
    out[name] = jnp.where(flip[:, None, None, None], x[:, :, ::-1], x)
  points = batch['landmarks']
  out['landmarks'] = jnp.where(
    flip[:, None, None], flip_landmarks(points, size), points
  )
  return out


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
    self._weights, self._head_size = config.loss, config.model.head_size
    self._apply, self._features = apply, features

  def who(self, params, nets, frozen, batch, key) -> tuple:
    """Identity features: the person of both pictures."""
    batch = flipped(batch, key)
    return self._learn(
      'identity_features',
      params,
      nets,
      jnp.concatenate([batch['source'], batch['target']]),
      jnp.concatenate([batch['source_subject'], batch['target_subject']]),
    )

  def which(self, params, nets, frozen, batch, key) -> tuple:
    """Expression features: the expression of both pictures."""
    batch = flipped(batch, key)
    return self._learn(
      'expression_features',
      params,
      nets,
      jnp.concatenate([batch['source'], batch['target']]),
      jnp.concatenate([batch['label'], batch['target_label']]),
    )

  def _learn(self, name, params, nets, x, label) -> tuple:
    net = Variables(params[name], nets[name].stats)
    value, stats, metrics = self._features[name].learn(net, x, label)
    return value, Out(stats={name: stats}, metrics=metrics)

  def expression(self, params, nets, frozen, batch, key) -> tuple:
    """Stage 1, G_es: l4 L_d + l6 L_att."""
    batch = flipped(batch, key)
    e = self._encode('expression', params, nets, batch['source'])
    terms = self._expression_terms(e, batch)
    return self._total(terms), Out(metrics=terms)

  def identity(self, params, nets, frozen, batch, key) -> tuple:
    """Stage 1, G_et: l5 L_h."""
    batch = flipped(batch, key)
    i = self._encode('identity', params, nets, batch['target'])
    terms = self._identity_terms(i, batch)
    return self._total(terms), Out(metrics=terms)

  def decoder(self, params, nets, frozen, batch, key) -> tuple:
    """Stage 2, encoders fixed: l1 L_irec + l2 L_if + l3 L_ef."""
    batch = flipped(batch, key)
    e = self._encode('expression', params, nets, batch['source'])
    i = self._encode('identity', params, nets, batch['target'])
    made = self._decode(params, nets, e, i)
    terms = self._picture_terms(made, nets, frozen, batch)
    return self._total(terms), Out(metrics=terms)

  def full(self, params, nets, frozen, batch, key) -> tuple:
    """Stage 3, the generator: all seven terms."""
    batch = flipped(batch, key)
    e = self._encode('expression', params, nets, batch['source'])
    i = self._encode('identity', params, nets, batch['target'])
    made = self._decode(params, nets, e, i)
    terms = (
      self._picture_terms(made, nets, frozen, batch)
      | self._expression_terms(e, batch)
      | self._identity_terms(i, batch)
    )
    logits = self._logits(nets['discriminator'].variables, made)
    terms['adversarial'] = adversarial.lsgan_generator(logits)
    # The discriminator's phase sees the pictures of this one.
    handed = {'made': made, 'real': batch['target']}
    return self._total(terms), Out(metrics=terms, made=handed)

  def discriminator(self, params, nets, frozen, batch, key) -> tuple:
    """Stage 3, D: least squares on real targets and on this turn's pictures."""
    net = self._variables('discriminator', params, nets)
    # No statistics over the batch: both halves in one pass.
    both = jnp.concatenate([batch['real'], batch['made']])
    halves = [jnp.split(x, 2) for x in self._logits(net, both)]
    value = adversarial.lsgan_discriminator(*zip(*halves, strict=True))
    return value, Out()

  def _variables(self, name: str, params: dict, nets: dict[str, Net]) -> Any:
    net = nets[name]
    return Variables(params.get(name, net.params), net.stats)

  def _encode(self, name, params, nets, x) -> Encoded:
    return self._apply[name](self._variables(name, params, nets), x)[0]

  def _decode(self, params, nets, e: Encoded, i: Encoded) -> jax.Array:
    net = self._variables('decoder', params, nets)
    return self._apply['decoder'](net, e, i)[0]

  def _logits(self, net: Variables, x: jax.Array) -> list[jax.Array]:
    scales, _ = self._apply['discriminator'](net, x)
    return [features[-1] for features in scales]

  def _expression_terms(self, e: Encoded, batch: dict) -> dict:
    size = batch['source'].shape[1]
    points = landmark_image(batch['landmarks'], size)
    attention = [content.class_loss(p, batch['label']) for p in e.log_probs]
    return {
      'landmarks': content.l2(e.image, self._small(points)),
      'attention': sum(attention),
    }

  def _identity_terms(self, i: Encoded, batch: dict) -> dict:
    wanted = self._small(batch['identity_map'])
    return {'identity_map': content.l2(i.image, wanted)}

  def _small(self, x: jax.Array) -> jax.Array:
    """A head may be smaller than the picture; its target is averaged."""
    n = self._head_size
    if not n or n == x.shape[1]:
      return x
    return resize.average_pool(x, x.shape[1] // n, stride=x.shape[1] // n)

  def _picture_terms(
    self, made: jax.Array, nets: dict[str, Net], frozen: dict, batch: dict
  ) -> dict:
    w, known = self._weights, batch['has_truth']
    fixed = {
      name: frozen.get(name) or nets[name].variables for name in self._features
    }
    same = jnp.where(
      known[:, None, None, None] > 0, batch['truth'], batch['target']
    )
    return {
      'pixels': content.l1(made, batch['truth'], known),
      'identity_features': self._distance(
        'identity_features', fixed, made, same, w.identity_taps
      ),
      'expression_features': self._distance(
        'expression_features', fixed, made, batch['source'], w.expression_taps
      ),
    }

  def _distance(self, name, fixed, made, real, taps) -> jax.Array:
    net, features = fixed[name], self._features[name]
    return distance(
      features.taps(net, made),
      features.taps(net, real),
      tuple(taps),
      exprgan_scaling=self._weights.exprgan_scaling,
    )

  def _total(self, terms: dict[str, jax.Array]) -> jax.Array:
    weights = self._weights.weights
    return sum(weights[name] * value for name, value in terms.items())
