"""FOMM and MRAA, with and without a facial prior, as the trainer sees them.

Siarohin et al., "First order motion model for image animation", NeurIPS 2019;
Siarohin et al., "Motion representations for articulated animation", CVPR 2021;
"Facial prior guided micro-expression generation", TIP 2024.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Phase, Stage
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import Net, Variables
from facegen_jax.data import vocabulary
from facegen_jax.data.clips import Clips
from facegen_jax.systems.facial_prior import modes, networks, pairs, seen
from facegen_jax.systems.facial_prior.checks import check
from facegen_jax.systems.facial_prior.examples import Examples
from facegen_jax.systems.facial_prior.losses import Losses
from facegen_jax.systems.feature_net import FeatureNet

_TAPS = {seen.WHO: 'fc7', seen.WHICH: 'relu5_3'}


class System:
  """A member of the family.

  Args:
    config: `configs/facial_prior.py`.
    clips: of the people to train on.

  Attributes:
    landmarked: whether `generate` wants the landmarks of its pictures.
    modes: the ways of transferring motion, the run's own first.
  """

  TAKES = ('source', 'driving', 'first')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    check(config)
    self.landmarked = config.model.prior != 'none'
    self.modes = modes.offered(config)
    makers = networks.networks(config)
    if not clips:
      makers = {name: makers[name] for name in networks.generating(config)}
    self._init, self.apply = pure_each(makers)
    self.features, self._imported = {}, {}
    if not clips:
      return
    self._examples = Examples(config, clips)
    classes = (len(clips.subjects), len(vocabulary.EMOTIONS))
    for name, count in zip(_TAPS, classes, strict=True):
      self.features[name] = FeatureNet(config.features, count)
      self._init[name] = self.features[name].init
    look = seen.own(config.features)
    if path := config.features.perceptual_weights:
      look, self._imported[seen.FILE] = seen.imported(path)
    self._losses = Losses(config, self.apply, self.features, look)

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of every network that this run trains."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """VGG-19, where it is imported."""
    return self._imported

  def averages(self) -> dict[str, float]:
    """The networks that animate, at `optimizer.ema`."""
    names = networks.generating(self.config)
    return dict.fromkeys(names, self.config.optimizer.ema)

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam; a tenth of the rate after each share in `optimizer.decay_after`."""
    c, stages = self.config.optimizer, self.config.stages

    def adam(name: str) -> optax.GradientTransformation:
      if name in self.features:
        return optax.adam(c.features_learning_rate)
      rate, steps, shares = c.learning_rate, stages.motion, c.decay_after
      if name == 'avd':
        rate, steps, shares = c.avd_learning_rate, stages.avd, c.avd_decay_after
      falls = {max(round(share * steps), 1): 0.1 for share in shares}
      rate = optax.piecewise_constant_schedule(rate, falls)
      return optax.adam(rate, b1=c.b1, b2=c.b2)

    return {name: adam(name) for name in self._init}

  def stages(self) -> tuple[Stage, ...]:
    """The feature networks, which stay as they are then; motion; AVD."""
    steps, losses = self.config.stages, self._losses
    learn = (
      Phase(seen.WHO, (seen.WHO,), losses.who),
      Phase(seen.WHICH, (seen.WHICH,), losses.which),
    )
    if self.config.model.motion == 'fomm':
      moving, loss = ('keypoints', 'generator'), losses.first_order
    else:
      moving, loss = ('regions', 'background', 'generator'), losses.articulated
    turn = [Phase('generator', moving, loss)]
    if networks.with_critic(self.config):
      critic = ('discriminator',)
      turn.append(Phase('discriminator', critic, losses.discriminator))
    stages = [
      Stage('features', steps.features, learn),
      Stage('motion', steps.motion, tuple(turn)),
    ]
    if networks.with_avd(self.config):
      phase = Phase('avd', ('avd',), losses.avd)
      stages.append(Stage('avd', steps.avd, (phase,)))
    return tuple(stages)

  def examples(self) -> int:
    """One a clip."""
    return len(self._examples)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Examples.example`."""
    return self._examples.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """Source | driving | driving, rebuilt | the next source, moved likewise.

    The last by the run's own mode.
    """
    both = ('source', 'driving')
    given = {name: to_unit(batch[name]) for name in both}
    if self.landmarked:
      given |= {
        f'{name}_landmarks': batch[f'{name}_landmarks'] for name in both
      }
    given |= {
      f'first{k.removeprefix("source")}': v
      for k, v in given.items()
      if k.startswith('source')
    }
    here = given | {'mode': self.modes.index('absolute')}
    other = given | {
      k: jnp.roll(v, -1, 0) for k, v in given.items() if k.startswith('source')
    }
    made = [self.generate(nets, frozen, x, key) for x in (here, other)]
    return given['source'], given['driving'], *made

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Paints the source as the driving pictures move.

    Args:
      nets: of the run.
      frozen: not used.
      given: `source`, the portrait, `driving`, and `first`, the driver at the
        beginning: b h w 3 in [-1, 1], of `source` and `first` also one for
        all. With a prior their landmarks, `source_landmarks` ...: b 68 2
        pixels, NaN where no face was found. `mode`: an index of `modes`, by
        default 0. `adaptive`: whether relative movement is scaled to the
        portrait's size, by default it is.
      key: not used.

    Returns:
      B h w 3 in [-1, 1].
    """
    del frozen, key
    names = networks.generating(self.config)
    net, count = {n: nets[n].averaged for n in names}, len(given['driving'])
    source, moved = self._motion(net, given)
    moved = modes.chosen(moved, given.get('mode', 0), count)
    picture = self._seen(given, 'source')[0]
    made, _ = self.apply['generator'](net['generator'], picture, source, moved)
    return made.prediction.astype(jnp.float32) * 2 - 1

  def _motion(self, net: dict[str, Variables], given: dict) -> tuple:
    """The source's points or regions, and those to paint by, a mode each."""
    find = 'keypoints' if self.config.model.motion == 'fomm' else 'regions'
    source, driving, first = found = [
      self.apply[find](net[find], *self._seen(given, name))[0]
      for name in self.TAKES
    ]
    adaptive = given.get('adaptive', True)
    if find == 'keypoints':
      return source, modes.key_points(self.modes, *found, adaptive)
    # The heat maps have served.
    found = [x._replace(heatmap=None) for x in (source, driving, first)]
    return found[0], modes.regions(self.modes, *found, self._avd(net), adaptive)

  def _seen(self, given: dict, name: str) -> tuple[jax.Array, ...]:
    """What the networks of motion are given of a picture."""
    x = (given[name] + 1) / 2
    if not self.landmarked:
      return (x,)
    points = given[f'{name}_landmarks']
    rule = self.config.model.prior_rule
    return x, pairs.key_points(points, *x.shape[1:3], rule=rule)

  def _avd(self, net: dict[str, Variables]) -> Any:
    if 'avd' not in net:
      return None

    def posed(source: Any, driving: Any) -> Any:
      source = modes.repeated(source, len(driving.shift))
      return self.apply['avd'](net['avd'], source, driving)[0]

    return posed

  def extractors(self, nets: dict[str, Net]) -> tuple:
    """(name, embed) of identity (fc7) and expression (relu5_3, flattened)."""
    return tuple(self._tap(nets, *tap) for tap in _TAPS.items())

  def _tap(self, nets: dict[str, Net], name: str, tap: str) -> tuple:
    config, net = self.config, nets[name].variables

    def embed(x: jax.Array) -> jax.Array:
      return self.features[name].taps(net, x)[tap].reshape(len(x), -1)

    return (
      f'{name} {tap} (VGG-16 of width {config.features.width}, trained by this '
      f'run on the training split of {config.data.name})',
      embed,
    )
