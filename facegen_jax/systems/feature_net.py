"""Networks that tell who and which expression, as features in losses.

VGG-Face, or VGG-Face tuned for expression, from files that the user has.
Otherwise networks of the same topology learn it on the training split, as the
first stage of a run.
"""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.losses import content
from facegen_jax.nn.vgg import VGG
from facegen_jax.weights.vggface import load_vggface


class FeatureNet:
  """One feature network.

  Args:
    config: `width`, `fc_features`, `input_size`, `norm`.
    classes: people, or expressions.
  """

  def __init__(self, config: Any, classes: int):
    names = ('width', 'fc_features', 'input_size')
    sizes = {name: config[name] for name in names}
    self.init, self._apply = _vgg(
      sizes | {'norm': config.get('norm') or None, 'classes': classes}
    )

  def taps(self, net: Variables, x: jax.Array) -> dict[str, jax.Array]:
    """Features of pictures b h w 3 in [-1, 1]."""
    return self._apply(net, x, method='features')[0]

  def learn(
    self, net: Variables, x: jax.Array, label: jax.Array
  ) -> tuple[jax.Array, dict[str, Any], dict[str, jax.Array]]:
    """Cross-entropy, new statistics, and accuracy; label -1 is masked."""
    taps, stats = self._apply(net, x, method='features', train=True)
    log_probs = jax.nn.log_softmax(taps['logits'].astype(jnp.float32))
    hit = (log_probs.argmax(1) == label).astype(jnp.float32)
    known = (label >= 0).astype(jnp.float32)
    metrics = {'accuracy': content.masked_mean(hit, known)}
    return content.class_loss(log_probs, label), stats, metrics


def imported(path: str) -> tuple[FeatureNet, Variables]:
  """VGG-Face, or a network tuned from it, from the user's file."""
  sizes, params = load_vggface(path)
  return FeatureNet(sizes, sizes['classes']), Variables(params)


def _vgg(sizes: dict[str, Any]) -> tuple:
  return pure(lambda rngs: VGG(**sizes, rngs=rngs))


def distance(
  made: dict[str, jax.Array],
  real: dict[str, jax.Array],
  taps: tuple[str, ...],
  *,
  exprgan_scaling: bool,
) -> jax.Array:
  """Mean over `taps` of the mean |difference| over the mean |real|.

  The magnitude is the batch's, so that all taps weigh alike whatever network
  they come from. ExprGAN, where the loss comes from, divides by the map's area
  instead, which makes it tiny: `exprgan_scaling` does that.
  """
  a, b = [made[k] for k in taps], [real[k] for k in taps]
  b = jax.lax.stop_gradient(b)
  return content.feature_distance(
    a, b, [jnp.abs(x).mean() for x in b], exprgan_scaling=exprgan_scaling
  )
