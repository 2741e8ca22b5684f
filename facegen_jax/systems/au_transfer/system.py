"""AU transfer as the trainer sees it: StyleGAN, what codes are compared by, v.

"Facial Expression Animation through Action Units Transfer in Latent Space".
Its generator is a trained StyleGAN; here one is trained as Karras et al.,
CVPR 2019, train theirs.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Phase, Stage
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import Net, State, Variables
from facegen_jax.data.clips import Clips
from facegen_jax.nn.resize import nearest
from facegen_jax.systems.au_transfer import curriculum, networks
from facegen_jax.systems.au_transfer.checks import check
from facegen_jax.systems.au_transfer.coding import Coding
from facegen_jax.systems.au_transfer.curriculum import Level
from facegen_jax.systems.au_transfer.examples import Examples
from facegen_jax.systems.au_transfer.features import FaceFeatures, People
from facegen_jax.systems.au_transfer.losses import Adversarial, Reading
from facegen_jax.systems.au_transfer.networks import (
  DISCRIMINATOR,
  GENERATOR,
  JUDGE,
  PEOPLE,
  REGRESSOR,
)
from facegen_jax.systems.au_transfer.pairs import Pairs


class System(Coding):
  """StyleGAN and the networks that encode and judge its pictures.

  Args:
    config: `configs/au_transfer.py`.
    clips: of the people to train on.
  """

  TAKES = ('codes',)

  def __init__(self, config: Any, clips: Clips | None = None):
    check(config)
    super().__init__(config)
    if not clips:
      return
    self._examples, people = Examples(config, clips), len(clips.subjects)
    makers = {DISCRIMINATOR: networks.adversaries(config)[DISCRIMINATOR]}
    for name in self.features:
      makers[PEOPLE[name]] = lambda rngs: People(
        config.features.code, people, rngs=rngs
      )
    init, apply = pure_each(makers)
    self._init |= init
    self.apply |= apply

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of every network that this run trains."""
    return first_values(self._init, key)

  def averages(self) -> dict[str, float]:
    """The generator, by the last resolution's batch; others as trained."""
    decay = curriculum.levels(self.config)[-1].decay(
      self.config.optimizer.ema_kimg
    )
    return {GENERATOR: decay} | dict.fromkeys((REGRESSOR, *self.features), 0.0)

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam; by a stage of its own for G and D, see `curriculum.Level`."""
    c, steps = self.config.optimizer, self.config.stages
    reading = optax.adam(_falling(c.features_learning_rate, steps.features))
    heads = (PEOPLE[name] for name in self.features)
    found = dict.fromkeys((*self.features, *heads), reading)
    found[REGRESSOR] = optax.adam(
      _falling(c.regressor_learning_rate, steps.regressor)
    )
    return found | self._adversaries(c.learning_rate)

  def _adversaries(self, rate: float) -> dict:
    c = self.config.optimizer
    adam = optax.adam(rate, b1=c.b1, b2=c.b2)
    return {
      name: adam for name in (GENERATOR, DISCRIMINATOR) if name in self._init
    }

  def stages(self) -> tuple[Stage, ...]:
    """The networks of features, each resolution, v."""
    stages = self.config.stages
    return (
      Stage('features', stages.features, self._reading()),
      *(self._level(level) for level in curriculum.levels(self.config)),
      Stage(
        'regressor',
        stages.regressor,
        (Phase(REGRESSOR, (REGRESSOR,), Pairs(self, self._v.learn)),),
        enter=self._regressor_begins,
        batch_size=stages.batch.regressor,
      ),
    )

  def _reading(self) -> tuple[Phase, ...]:
    weight = self.config.loss.units
    return tuple(
      Phase(
        name,
        (name, PEOPLE[name]),
        Reading(net, self.apply[PEOPLE[name]], (name, PEOPLE[name]), weight),
      )
      for name, net in self.features.items()
    )

  def _level(self, level: Level) -> Stage:
    """D's turn, at each n-th R1's, and G's; Adam begins anew."""
    config, losses = self.config, Adversarial(self.config, self.apply, level)
    turn = [
      Phase(DISCRIMINATOR, (DISCRIMINATOR,), losses.discriminator),
      Phase(GENERATOR, (GENERATOR,), losses.generator),
    ]
    every = config.loss.r1_every
    if every > 1:
      turn.insert(1, Phase('r1', (DISCRIMINATOR,), losses.r1, every=every))
    optimizers = self._adversaries(level.rate(config.optimizer.learning_rate))
    return Stage(
      level.name,
      level.steps,
      tuple(turn),
      enter=lambda state, key: _anew(state, optimizers),
      batch_size=level.batch,
      optimizers=optimizers,
      averages={GENERATOR: level.decay(config.optimizer.ema_kimg)},
    )

  def _regressor_begins(self, state: State, key: jax.Array) -> State:
    del key
    nets = state.nets
    features = self._looking(nets, self._imported)
    mean = nets[GENERATOR].stats['w_avg']
    net = self._v.begun(nets[REGRESSOR], features, mean)
    return state.replace(nets=nets | {REGRESSOR: net})

  def examples(self) -> int:
    """One a clip."""
    return len(self._examples)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Examples.example`."""
    return self._examples.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """Real | what v makes of it | one code at every resolution, enlarged."""
    real, size = to_unit(batch['picture']), self.config.data.size
    codes = self.seeded_codes(nets, key, jnp.arange(len(real)))
    net = nets[GENERATOR].averaged
    made = [
      self.apply[GENERATOR](net, codes, method='synthesise', resolution=r)[0]
      for r in curriculum.sizes(self.config)
    ]
    guessed = self.render(nets, frozen, self.first_code(nets, frozen, real))
    grown = [jnp.clip(nearest(x, (size, size)), -1, 1) for x in made]
    return real, guessed, *grown

  def extractors(self, nets: dict[str, Net]) -> tuple:
    """(name, embed) of the run's own networks of features: fc7."""
    return tuple(
      self._extractor(name, net, nets[name].variables)
      for name, net in self.features.items()
    )

  def _extractor(
    self, name: str, net: FaceFeatures, variables: Variables
  ) -> tuple:
    config = self.config
    used = 'which measures alone' if name == JUDGE else 'which encodes'
    return (
      f'{name} fc7 (VGG-16 of width {config.features.width}, {used}, trained '
      f'by this run on the training split of {config.data.name})',
      lambda x: net.taps(variables, x)['fc7'],
    )


def _falling(rate: float, steps: int) -> optax.Schedule:
  """A cosine to 0."""
  return optax.cosine_decay_schedule(rate, max(steps, 1))


def _anew(state: State, optimizers: dict) -> State:
  """The state as these optimizers find it at first."""
  nets = {
    name: state.nets[name].replace(opt=opt.init(state.nets[name].params))
    for name, opt in optimizers.items()
  }
  return state.replace(nets=state.nets | nets)
