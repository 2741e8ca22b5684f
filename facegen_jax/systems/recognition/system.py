"""Micro-expression recognition by video ResNets, as the trainer sees it.

Real clips alone, or beside generated ones: L = L_real + lambda L_gen, the
augmented recognition of the micro-expression paper (section IV-I).
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Phase, Stage, Turn
from facegen_jax.core.pure import pure
from facegen_jax.core.state import Net, Variables
from facegen_jax.data.clips import Clips
from facegen_jax.data.three_classes import CLASSES
from facegen_jax.nn.video_resnet import KINDS, VideoResNet, prepare
from facegen_jax.systems.recognition.examples import Examples
from facegen_jax.weights.video_resnet import load_video_resnet

_NET = 'classifier'


class System:
  """A recogniser of the three classes.

  Args:
    config: `configs/recognition.py`.
    clips: of the people to train on, generated ones among them.
  """

  TAKES = ('clip',)

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    _check(config)
    self._sizes = {
      'kind': config.model.kind,
      'classes': len(CLASSES),
      'width': config.model.width,
    }
    if config.model.kind == 'r2plus1d_18':
      self._sizes['stem_middle'] = config.model.stem_middle
    dtype = jnp.dtype(config.model.dtype)
    self._init, self._apply = pure(
      lambda rngs: VideoResNet(**self._sizes, dtype=dtype, rngs=rngs)
    )
    self.data = Examples(config, clips) if clips else None

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """The file's weights with a new `fc`, or all of them drawn."""
    path = self.config.model.weights
    # Without clips it is a checkpoint that fills them in.
    if not path or self.data is None:
      return {_NET: self._init(key)}
    kind = self.config.model.kind
    found = load_video_resnet(path, kind=kind, classes=len(CLASSES), key=key)
    if found.sizes != self._sizes:
      raise UserError(
        f'config.model.weights={path} holds {found.sizes}, but the config says '
        f'{self._sizes}: change config.model to those'
      )
    return {_NET: found.variables}

  def frozen(self) -> Any:
    """Lambda and the classes' weights: the step is compiled once for all."""
    if self.data is None:
      return {}
    return {
      'lambda': jnp.float32(self.config.loss.generated),
      'class_weights': jnp.asarray(self._class_weights()),
    }

  def averages(self) -> dict[str, float]:
    """The classifier, whose weights are not averaged."""
    return {_NET: 0.0}

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam with L2 in the gradient (not AdamW), as torch's `weight_decay`."""
    c = self.config.optimizer
    rate = c.learning_rate
    if c.decay == 'step':
      third = -(-self.data.steps // 3)
      rate = optax.exponential_decay(rate, third, 0.1, staircase=True)
    elif c.decay == 'cosine':
      rate = optax.cosine_decay_schedule(rate, self.data.steps)
    l2 = optax.add_decayed_weights(c.weight_decay)
    return {_NET: optax.chain(l2, optax.adam(rate))}

  def stages(self) -> tuple[Stage, ...]:
    """One stage of one update a step."""
    phase = Phase(_NET, (_NET,), self._loss)
    return (Stage('recognition', self.data.steps, (phase,)),)

  def _loss(self, params: dict[str, Any], turn: Turn) -> tuple[jax.Array, Out]:
    """Real clips first, then generated ones, each by their own statistics."""
    batch, stats = turn.batch, turn.nets[_NET].stats
    weights = turn.frozen['class_weights']
    logits, stats = self._logits(params[_NET], stats, batch['clip'])
    loss = _cross_entropy(logits, batch['label'], weights)
    right = (logits.argmax(-1) == batch['label']).mean()
    metrics = {'real': loss, 'accuracy': right}
    if 'generated' in batch:
      logits, stats = self._logits(params[_NET], stats, batch['generated'])
      made = _cross_entropy(logits, batch['generated_label'], weights)
      loss = loss + turn.frozen['lambda'] * made
      metrics['generated'] = made
    return loss, Out(stats={_NET: stats}, metrics=metrics)

  def _logits(self, params: Any, stats: Any, clip: jax.Array) -> tuple:
    x = self._prepared(to_unit(clip))
    return self._apply(Variables(params, stats), x, train=True)

  def _prepared(self, clip: jax.Array) -> jax.Array:
    """What the network sees of clips b t h w 3 in [-1, 1]."""
    x = prepare(clip, self.config.model.scaling)
    if self.config.model.motion_only:
      x = x - x.mean(1, keepdims=True)
    return x

  def _class_weights(self) -> np.ndarray:
    """Ones, or what makes each class count alike."""
    counts = np.array(list(self.data.real.counts().values()), np.float32)
    if not self.config.loss.class_weights:
      return np.ones_like(counts)
    return counts.sum() / (len(counts) * counts)

  def examples(self) -> int:
    """Those of the whole run, see `Examples`."""
    return len(self.data)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Examples.example`; nothing is random."""
    del rng
    return self.data.example(i)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """First | middle | last frame of real clips, then of generated ones."""
    del nets, frozen, key
    videos = [to_unit(batch[k]) for k in ('clip', 'generated') if k in batch]
    last = videos[0].shape[1] - 1
    return tuple(x[:, i] for x in videos for i in (0, last // 2, last))

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Probabilities b 3 of `CLASSES`; `given`: `clip`, b t h w 3 in [-1, 1]."""
    del frozen, key
    x = self._prepared(given['clip'])
    return jax.nn.softmax(self._apply(nets[_NET].averaged, x)[0])


def _cross_entropy(
  logits: jax.Array, labels: jax.Array, weights: jax.Array
) -> jax.Array:
  """Weighted mean over the batch, as torch's `CrossEntropyLoss(weight)`."""
  each = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
  weight = weights[labels]
  return (weight * each).sum() / weight.sum()


_CHOICES = {
  'model.kind': KINDS,
  'model.scaling': ('kinetics', 'raw255'),
  'model.dtype': ('float32', 'bfloat16'),
  'optimizer.decay': ('step', 'cosine', 'constant'),
}


def _check(config: Any) -> None:
  for name, choices in _CHOICES.items():
    room, field = name.split('.')
    if (value := config[room][field]) not in choices:
      raise UserError(f'config.{name}={value!r}: choose one of {choices}')
  least = {'data.clip_frames': 1, 'model.size': 16, 'model.width': 1}
  for name, low in least.items():
    room, field = name.split('.')
    if (value := config[room][field]) < low:
      raise UserError(f'config.{name}={value}: at least {low}')
  if config.loss.generated < 0:
    raise UserError(
      f'config.loss.generated={config.loss.generated}: lambda is at least 0'
    )
