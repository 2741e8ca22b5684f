"""VGAN's losses (section 3.3, and 5 for a given picture)."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.core.mesh import cut
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import content

_GENERATED, _REAL = 0, 1  # the discriminator's two classes

Params = dict[str, Any]


def two_way(logits: jax.Array, answer: int) -> jax.Array:
  """Mean cross-entropy of logits b 2 with one answer for all."""
  labels = jnp.full(len(logits), answer)
  return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


class Losses:
  """The losses over named networks; both methods are a phase's loss.

  Args:
    config: whole config; `loss` holds the weights.
    apply: pure apply functions by name.
  """

  def __init__(self, config: Any, apply: dict[str, Any]):
    self._weights, self._model = config.loss.weights, config.model
    self._apply = apply

  def generator(self, params: Params, turn: Turn) -> tuple[jax.Array, Out]:
    """Fake to real; first frame to the picture; few pixels move."""
    video, label = to_unit(turn.batch['video']), turn.batch['label']
    net = Variables(params['generator'], turn.nets['generator'].stats)
    given = inputs(self._model, video[:, 0], label, turn.key)
    made, stats = self._apply['generator'](net, *given, train=True)
    logits, judge = self._judge(
      turn.nets['discriminator'].variables, made.video, label
    )
    terms = {
      'adversarial': two_way(logits, _REAL),
      'mask': made.mask.mean(),  # it is positive: its L1 norm
    }
    if self._model.given != 'noise':
      terms['first_frame'] = content.l1(made.video[:, 0], video[:, 0])
    value = sum(self._weights[name] * term for name, term in terms.items())
    # Batch norm of D remembers this pass too, as a network in training does.
    out = Out(
      {'generator': stats, 'discriminator': judge},
      terms,
      {'made': made.video},
    )
    return value, out

  def discriminator(self, params: Params, turn: Turn) -> tuple[jax.Array, Out]:
    """Real clips to real, then this turn's to generated, a pass each."""
    label, stats = turn.batch['label'], turn.nets['discriminator'].stats
    value = 0.0
    for video, answer in (
      (to_unit(turn.batch['video']), _REAL),
      (turn.batch['made'], _GENERATED),
    ):
      net = Variables(params['discriminator'], stats)
      logits, stats = self._judge(net, video, label)
      value += two_way(logits, answer)
    return value, Out({'discriminator': stats})

  def _judge(self, net: Variables, video: jax.Array, label: jax.Array) -> Any:
    return self._apply['discriminator'](net, video, label, train=True)


def inputs(
  model: Any, picture: jax.Array, label: jax.Array, key: jax.Array
) -> tuple:
  """What the generator is given, `config.model.given`; noise is N(0, 1)."""
  if model.given == 'noise':
    return (cut(jax.random.normal(key, (len(picture), model.noise))),)
  return (picture, label) if model.given == 'picture_and_label' else (picture,)
