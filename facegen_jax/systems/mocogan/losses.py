"""MoCoGAN's game between a generator and two discriminators (section 3.2).

Every public method is a phase's loss.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Turn
from facegen_jax.core.state import Variables
from facegen_jax.losses import adversarial
from facegen_jax.systems.mocogan.codes import draw

Params = dict[str, Any]
Loss = tuple[jax.Array, Out]
JUDGES = ('image_discriminator', 'video_discriminator')


class Losses:
  """The losses over named networks.

  Args:
    config: whole config.
    apply: pure apply functions by name.
  """

  def __init__(self, config: Any, apply: dict[str, Callable]):
    self._model = config.model
    self._category_weight = config.loss.category
    self._apply = apply

  def discriminators(self, params: Params, turn: Turn) -> Loss:
    """Real from made, frames and windows; the category of real windows.

    Binary cross-entropies, as of the category; both networks move at once,
    which is the same as one after the other: neither sees the other.
    """
    keys = jax.random.split(turn.key, 3)
    window = self._model.window
    real = windows(to_unit(turn.batch['video']), window, keys[0])
    made, _ = self._made(turn.nets['generator'].variables, turn, keys[1])
    made = jax.lax.stop_gradient(made)
    nets = {name: _variables(name, params, turn) for name in JUDGES}
    (frame, clip, category), nets = self._judged(nets, real, keys[2], 0)
    (made_frame, made_clip, _), nets = self._judged(nets, made, keys[2], 1)
    terms = {
      'image': adversarial.bce_discriminator([frame], [made_frame]),
      'video': adversarial.bce_discriminator([clip], [made_clip]),
      'category': _cross_entropy(category, turn.batch['label']),
    }
    right = (category.argmax(-1) == turn.batch['label']).mean()
    stats = {name: nets[name].stats for name in JUDGES}
    return self._total(terms), Out(stats, terms | {'accuracy': right})

  def generator(self, params: Params, turn: Turn) -> Loss:
    """New windows that both judges take for real and for their category.

    The discriminators moved before, so the windows are drawn anew.
    """
    keys = jax.random.split(turn.key, 2)
    net = _variables('generator', params, turn)
    made, stats = self._made(net, turn, keys[0])
    nets = {name: turn.nets[name].variables for name in JUDGES}
    (frame, clip, category), _ = self._judged(nets, made, keys[1], 0)
    terms = {
      'image': adversarial.bce_generator([frame]),
      'video': adversarial.bce_generator([clip]),
      'category': _cross_entropy(category, turn.batch['label']),
    }
    return self._total(terms), Out({'generator': stats}, terms)

  def _made(self, net: Variables, turn: Turn, key: jax.Array) -> tuple:
    """Windows of the batch's categories, and the new statistics."""
    codes = draw(key, turn.batch['label'], self._model.window, self._model)
    return self._apply['generator'](net, *codes, train=True)

  def _judged(
    self, nets: dict[str, Variables], clip: jax.Array, key: jax.Array, part: int
  ) -> tuple[tuple, dict[str, Variables]]:
    """Logits of a random frame, of the clip and of its category; the nets."""
    keys = jax.random.split(jax.random.fold_in(key, part), 3)
    frame = windows(clip, 1, keys[0])[:, 0]
    image, image_stats = self._apply[JUDGES[0]](
      nets[JUDGES[0]], frame, keys[1], train=True
    )
    (video, category), video_stats = self._apply[JUDGES[1]](
      nets[JUDGES[1]], clip, keys[2], train=True
    )
    stats = dict(zip(JUDGES, (image_stats, video_stats), strict=True))
    nets = {k: Variables(nets[k].params, stats[k]) for k in JUDGES}
    return (image, video, category), nets

  def _total(self, terms: dict[str, jax.Array]) -> jax.Array:
    return (
      terms['image']
      + terms['video']
      + self._category_weight * terms['category']
    )


def windows(clip: jax.Array, count: int, key: jax.Array) -> jax.Array:
  """`count` frames in a row of each clip b t h w c, from a random one on."""
  b, t = clip.shape[:2]
  starts = jax.random.randint(key, (b,), 0, t - count + 1)
  cut = jax.vmap(lambda x, i: jax.lax.dynamic_slice_in_dim(x, i, count))
  return cut(clip, starts)


def _cross_entropy(logits: jax.Array, label: jax.Array) -> jax.Array:
  return jnp.mean(
    optax.softmax_cross_entropy_with_integer_labels(logits, label)
  )


def _variables(name: str, params: Params, turn: Turn) -> Variables:
  """The weights that move, with their network's statistics."""
  return Variables(params[name], turn.nets[name].stats)
