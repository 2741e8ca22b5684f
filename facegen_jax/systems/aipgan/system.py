"""AIP-GAN as the trainer sees it: its networks, turns and examples.

Ali & Hughes, "An efficient integration of disentangled attended expression
and identity features for facial expression transfer and synthesis", 2020.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Phase, Stage
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import Net, Variables
from facegen_jax.data import vocabulary
from facegen_jax.data.clips import Clips
from facegen_jax.nn.norm import NORMS
from facegen_jax.nn.patch_discriminator import MultiScaleDiscriminator
from facegen_jax.systems.aipgan.examples import Examples
from facegen_jax.systems.aipgan.losses import Losses
from facegen_jax.systems.aipgan.networks import Decoder, Encoder, sizes
from facegen_jax.systems.feature_net import FeatureNet, imported

_GENERATOR = ('expression', 'identity', 'decoder')
_FEATURES = ('identity_features', 'expression_features')


class System:
  """AIP-GAN.

  Args:
    config: `configs/aipgan.py`.
    clips: of the people to train on.
  """

  TAKES = ('source', 'target')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    _check(config)
    self.features, self._imported = {}, {}
    networks = _networks(config)
    if not clips:
      networks = {name: networks[name] for name in _GENERATOR}
    self._init, self.apply = pure_each(networks)
    if not clips:
      return
    self._examples = Examples(config, clips)
    classes = (len(clips.subjects), len(vocabulary.EMOTIONS))
    for name, count in zip(_FEATURES, classes, strict=True):
      path = config.features[name.replace('features', 'weights')]
      if path:
        self.features[name], self._imported[name] = imported(path)
      else:
        self.features[name] = FeatureNet(config.features, count)
        self._init[name] = self.features[name].init
    self._losses = Losses(config, self.apply, self.features)

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of every network that this run trains."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """The imported feature networks."""
    return self._imported

  def averages(self) -> dict[str, float]:
    """Encoders and decoder, at `optimizer.ema`."""
    return dict.fromkeys(_GENERATOR, self.config.optimizer.ema)

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam; its rate falls to 0 over the last half of the last stage."""
    c = self.config.optimizer
    last = self.config.stages.full
    lasting = {}
    for stage in self.stages():
      for name in {n for phase in stage.phases for n in phase.nets}:
        lasting[name] = lasting.get(name, 0) + stage.steps

    def adam(name: str) -> optax.GradientTransformation:
      if name in _FEATURES:
        return optax.adam(c.features_learning_rate)
      total = lasting.get(name, 1)
      decay = min(last // 2 or 1, total)
      rate = optax.linear_schedule(
        c.learning_rate, 0.0, decay, transition_begin=total - decay
      )
      return optax.adam(rate, b1=c.b1, b2=c.b2)

    return {name: adam(name) for name in self._init}

  def stages(self) -> tuple[Stage, ...]:
    """The curriculum of three stages, after that of the features."""
    steps, losses = self.config.stages, self._losses
    learn = zip(_FEATURES, (losses.who, losses.which), strict=True)
    learn = [Phase(n, (n,), loss) for n, loss in learn if n in self._init]
    return (
      Stage('features', steps.features if learn else 0, tuple(learn)),
      Stage(
        'encoders',
        steps.encoders,
        (
          Phase('expression', ('expression',), losses.expression),
          Phase('identity', ('identity',), losses.identity),
        ),
      ),
      Stage(
        'decoder',
        steps.decoder,
        (Phase('generator', ('decoder',), losses.decoder),),
      ),
      Stage(
        'full',
        steps.full,
        (
          Phase('generator', _GENERATOR, losses.full),
          Phase('discriminator', ('discriminator',), losses.discriminator),
        ),
      ),
    )

  def examples(self) -> int:
    """One a clip, as the source."""
    return len(self._examples)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Examples.example`."""
    return self._examples.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """Source | target | result | truth (black where there is none)."""
    source, target, truth = (
      to_unit(batch[name]) for name in ('source', 'target', 'truth')
    )
    given = {'source': source, 'target': target}
    known = batch['has_truth'][:, None, None, None] > 0
    result = self.generate(nets, frozen, given, key)
    return source, target, result, jnp.where(known, truth, -1.0)

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """`given`: `source` and `target`, b h w 3 in [-1, 1]."""
    del frozen, key  # nothing imported, nothing random
    v = {name: nets[name].averaged for name in nets}
    e, _ = self.apply['expression'](v['expression'], given['source'])
    i, _ = self.apply['identity'](v['identity'], given['target'])
    return self.apply['decoder'](v['decoder'], e, i)[0]

  def extractors(self, nets: dict[str, Net]) -> tuple:
    """(name, embed) of identity (fc7) and expression (relu5_3, flattened)."""
    config = self.config

    def extractor(name: str, tap: str) -> tuple:
      feature = self.features[name]
      net = self._imported.get(name) or nets[name].variables

      def embed(x: jax.Array) -> jax.Array:
        return feature.taps(net, x)[tap].reshape(len(x), -1)

      origin = (
        'imported weights'
        if name in self._imported
        else f'VGG-16 of width {config.features.width}, trained by this run on '
        f'the training split of {config.data.name}'
      )
      return f'{name} {tap} ({origin})', embed

    return (
      extractor('identity_features', 'fc7'),
      extractor('expression_features', 'relu5_3'),
    )


def _networks(config: Any) -> dict[str, Any]:
  m, size = config.model, config.data.size
  dtype = jnp.dtype(m.dtype)
  channels = tuple(m.channels)
  shared = dict(
    channels=channels,
    attention=dict(norm=m.attention_norm, warm_start=m.attention_warm_start),
    head=dict(hidden=m.head_hidden, size=m.head_size or size),
    dtype=dtype,
  )
  return {
    'expression': lambda rngs: Encoder(
      code=m.codes[0],
      image_channels=1,
      supervised=True,
      norm=m.norms.expression,
      **shared,
      rngs=rngs,
    ),
    'identity': lambda rngs: Encoder(
      code=m.codes[1],
      image_channels=3,
      supervised=False,
      norm=m.norms.identity,
      **shared,
      rngs=rngs,
    ),
    'decoder': lambda rngs: Decoder(
      size=size,
      channels=channels,
      codes=tuple(m.codes),
      norm=m.norms.decoder,
      fused=tuple(m.fused),
      fusion=m.fusion,
      plain_skips=m.plain_skips,
      dim=m.fused_dim,
      mode=m.ceb,
      seed=config.seed,
      dtype=dtype,
      rngs=rngs,
    ),
    'discriminator': lambda rngs: MultiScaleDiscriminator(
      scales=m.discriminator_scales,
      features=m.discriminator_features,
      dtype=dtype,
      rngs=rngs,
    ),
  }


_CHOICES = {
  'fusion': ('ceb', 'concat'),
  'ceb': ('pairwise', 'trilinear', 'two_input'),
  'attention_norm': ('minmax', 'sigmoid', 'softmax'),
  'dtype': ('float32', 'bfloat16'),
}


def _check(config: Any) -> None:
  for name, choices in _CHOICES.items():
    if (value := config.model[name]) not in choices:
      raise UserError(f'config.model.{name}={value!r}: choose one of {choices}')
  for net, norm in config.model.norms.items():
    if norm not in NORMS:
      raise UserError(
        f'config.model.norms.{net}={norm!r}: choose one of {NORMS}'
      )
  maps = sizes(config.data.size, len(config.model.channels))
  if maps[-1] != 1 or maps[-2] == 1:
    raise UserError(
      f'config.model.channels has {len(config.model.channels)} levels, but '
      f'config.data.size={config.data.size} needs '
      f'{(config.data.size - 1).bit_length()} to reach a 1x1 map: change one'
    )
