"""FEV-GAN as the trainer sees it: its networks, turns and examples.

Bouzid & Ballihi, "Facial expression video generation based on spatio-temporal
convolutional GAN: FEV-GAN", 2022.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.phases import Phase, Stage
from facegen_jax.core.pure import first_values, pure
from facegen_jax.core.state import Net, Variables
from facegen_jax.data.clips import Clips
from facegen_jax.systems import videos
from facegen_jax.systems.feature_net import FeatureNet, imported
from facegen_jax.systems.fevgan import identity
from facegen_jax.systems.fevgan.checks import check, check_grid
from facegen_jax.systems.fevgan.losses import Losses
from facegen_jax.systems.fevgan.networks import Decoder, Discriminator, Encoder

_WHO, _WHICH = 'identity_features', 'expression_features'


class System:
  """FEV-GAN.

  Args:
    config: `configs/fevgan.py`.
    clips: of the people to train on.
  """

  TAKES = ('picture', 'label')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    check(config)
    self._init, self.apply = {}, {}
    self.features, self._imported = {}, {}
    self._people = clips.subjects if clips else ()
    if config.features.identity_weights:
      path = config.features.identity_weights
      self.features[_WHO], self._imported[_WHO] = imported(path)
    else:
      # To generate, the layers that tell people apart are not needed.
      self._feature_net(_WHO, len(self._people) or None)
    for name, make in self._networks(self._maps_shape()).items():
      if clips or name != 'discriminator':
        self._init[name], self.apply[name] = pure(make)
    if not clips:
      return
    self._feature_net(_WHICH, videos.EMOTIONS)
    self._videos = videos.Videos(config, clips)
    self._losses = Losses(
      config, self.apply['discriminator'], self._generated, self.features
    )

  def _feature_net(self, name: str, classes: int | None) -> None:
    sizes = self.config.features.to_dict()
    sizes['input_size'] = self.config.model.encoder_size
    self.features[name] = FeatureNet(sizes, classes)
    self._init[name] = self.features[name].init

  def _maps_shape(self) -> tuple[int, int]:
    """Side and channels of F_id."""
    size, reading = self.config.data.size, self.config.model.id_feature
    net = self._imported.get(_WHO) or jax.eval_shape(
      self._init[_WHO], jax.random.key(0)
    )
    found = jax.eval_shape(
      lambda v, x: identity.maps(self.features[_WHO], v, x, reading),
      net,
      jax.ShapeDtypeStruct((1, size, size, 3), jnp.float32),
    )
    check_grid(self.config, found.shape[1])
    return found.shape[1], found.shape[-1]

  def _networks(self, f_id: tuple[int, int]) -> dict[str, Any]:
    m, data = self.config.model, self.config.data
    dtype, widths = jnp.dtype(m.dtype), tuple(m.encoder_channels)
    makers = {
      'encoder': lambda rngs: Encoder(
        size=m.encoder_size, channels=widths, dtype=dtype, rngs=rngs
      ),
      'decoder': lambda rngs: Decoder(
        kind=m.decoder,
        grid=f_id[0],
        size=data.size,
        features=(m.use_id * f_id[1], m.use_s * widths[-1]),
        entry=m.entry,
        channels=tuple(m.channels),
        label_gain=m.label_gain,
        remat=m.remat,
        dtype=dtype,
        rngs=rngs,
      ),
      'discriminator': lambda rngs: Discriminator(
        shape=(data.clip_frames, data.size),
        channels=tuple(m.discriminator_channels),
        dtype=dtype,
        rngs=rngs,
      ),
    }
    return {k: v for k, v in makers.items() if m.use_s or k != 'encoder'}

  def _generated(
    self,
    nets: dict[str, Variables],
    f_id: jax.Array,
    picture: jax.Array,
    label: jax.Array,
    train: bool,
  ) -> tuple[jax.Array, dict[str, Any]]:
    """G: clips, and new statistics of E_s and G_dec."""
    stats, f_s = {}, None
    if 'encoder' in self.apply:
      f_s, stats['encoder'] = self.apply['encoder'](
        nets['encoder'], picture, train=train
      )
    used = f_id if self.config.model.use_id else None
    made, stats['decoder'] = self.apply['decoder'](
      nets['decoder'], used, f_s, label, train=train
    )
    return made, stats

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of every network that this run trains."""
    return first_values(self._init, key)

  def frozen(self) -> Any:
    """E_id, where it is imported."""
    return self._imported

  def averages(self) -> dict[str, float]:
    """E_s and G_dec at `optimizer.ema`; E_id of this run as it was trained."""
    ema = self.config.optimizer.ema
    moving = {n: ema for n in ('encoder', 'decoder') if n in self.apply}
    return moving | ({_WHO: 0.0} if _WHO in self._init else {})

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam, the features at a rate of their own."""
    c, steps = self.config.optimizer, self.config.stages.video
    features = optax.adam(c.features_learning_rate)
    return {
      name: features if name in self.features else videos.adam(c, steps)
      for name in self._init
    }

  def stages(self) -> tuple[Stage, ...]:
    """The feature networks, which stay as they are then; then the GAN."""
    steps, losses = self.config.stages, self._losses
    learn = ((_WHO, losses.who), (_WHICH, losses.which))
    learn = tuple(Phase(n, (n,), loss) for n, loss in learn if n in self._init)
    generator = tuple(n for n in ('encoder', 'decoder') if n in self.apply)
    return (
      Stage('features', steps.features, learn),
      Stage(
        'video',
        steps.video,
        (
          Phase('generator', generator, losses.generator),
          Phase('discriminator', ('discriminator',), losses.discriminator),
        ),
      ),
    )

  def examples(self) -> int:
    """One a labelled clip."""
    return len(self._videos)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """`video` and `label` of `videos.Videos`, `subject` int32."""
    who = self._people.index(self._videos.subject(i))
    return self._videos.example(i, rng) | {'subject': np.int32(who)}

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """See `videos.columns`."""
    return videos.columns(
      lambda given: self.generate(nets, frozen, given, key), batch
    )

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Clips b t h w 3 in [-1, 1].

    `given`: `picture`, neutral, b h w 3 in [-1, 1]; `label`, b int32 0..5.
    """
    del key  # nothing is random
    v = {name: nets[name].averaged for name in nets}
    e_id, reading = frozen.get(_WHO) or v[_WHO], self.config.model.id_feature
    f_id = identity.maps(self.features[_WHO], e_id, given['picture'], reading)
    return self._generated(v, f_id, given['picture'], given['label'], False)[0]

  def extractors(self, nets: dict[str, Net]) -> tuple:
    """(name, embed) of identity (fc7) and expression (relu5_3, flattened)."""
    return self._tap(nets, _WHO, 'fc7'), self._tap(nets, _WHICH, 'relu5_3')

  def recogniser(self, nets: dict[str, Net]) -> tuple:
    """(name, pictures b h w 3 -> probabilities b 6 of the expressions)."""
    name, logits = self._tap(nets, _WHICH, 'logits')
    return name, lambda x: jax.nn.softmax(logits(x))

  def _tap(self, nets: dict[str, Net], name: str, tap: str) -> tuple:
    config = self.config
    net = self._imported.get(name) or nets[name].variables

    def embed(x: jax.Array) -> jax.Array:
      return self.features[name].taps(net, x)[tap].reshape(len(x), -1)

    origin = (
      'imported weights'
      if name in self._imported
      else f'VGG-16 of width {config.features.width}, trained by this run on '
      f'the training split of {config.data.name}'
    )
    return f'{name} {tap} ({origin})', embed
