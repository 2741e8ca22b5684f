"""What a trained run does: codes to pictures, pictures to what tells of them.

All are pure functions of the networks; the generator's weights are the
averaged ones.
"""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.errors import UserError
from facegen_jax.core.pure import pure_each
from facegen_jax.core.state import Net, Variables
from facegen_jax.nn.vgg import TAPS, layer_names
from facegen_jax.systems.au_transfer import networks, sampling
from facegen_jax.systems.au_transfer.features import (
  FaceFeatures,
  Features,
  imported,
)
from facegen_jax.systems.au_transfer.generator import layer_count
from facegen_jax.systems.au_transfer.networks import (
  FEATURES,
  GENERATOR,
  JUDGE,
  REGRESSOR,
)
from facegen_jax.systems.au_transfer.regressor import Regressor

_VGG16 = 'vgg16'


class Coding:
  """The networks that code, render and judge.

  Args:
    config: `configs/au_transfer.py`.

  Attributes:
    layers: L, rows of a code.
    features: the run's own networks of features, by name.
  """

  def __init__(self, config: Any):
    self.config = config
    self.layers = layer_count(config.data.size)
    self.features = {
      name: FaceFeatures(config.features)
      for name in networks.own_features(config)
    }
    self._imported = {}
    if path := config.features.vgg16:
      self._looks, self._imported[_VGG16] = imported(path)
    else:
      self._looks = self.features.get(FEATURES)
    maker = networks.adversaries(config)[GENERATOR]
    self._init, self.apply = pure_each({GENERATOR: maker})
    self._init |= {name: net.init for name, net in self.features.items()}
    if config.stages.regressor:
      self._v = Regressor(self._look, self.layers, config.model.w)
      self._init[REGRESSOR] = self._v.init

  @property
  def _look(self) -> Features:
    """What pictures are compared by."""
    if self._looks is None:
      raise UserError(
        'this run has no network to encode pictures by: it was made without '
        'config.features.vgg16; name the file of VGG-16 and make it anew'
      )
    return self._looks

  def frozen(self) -> dict[str, Variables]:
    """VGG-16 of ImageNet, where it is imported."""
    return self._imported

  def render(
    self, nets: dict[str, Net], frozen: Any, codes: jax.Array
  ) -> jax.Array:
    """Codes b L w to pictures b s s 3 in [-1, 1], with the fixed noise."""
    del frozen
    return jnp.clip(self.synthesise(nets, codes), -1, 1)

  def synthesise(self, nets: dict[str, Net], codes: jax.Array) -> jax.Array:
    """As `render` but not clipped, so that every pixel has a gradient."""
    net = nets[GENERATOR].averaged
    return self.apply[GENERATOR](net, codes, method='synthesise')[0]

  def encode_feature(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> jax.Array:
    """The feature of the encoding (equation 1), b f, of b s s 3 in [-1, 1]."""
    return self._look.logits(self._looking(nets, frozen), pictures)

  def encode_maps(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> list[jax.Array]:
    """Convolutional features of the same network, one b h w c a block."""
    taps = self._look.taps(self._looking(nets, frozen), pictures)
    return [taps[name] for name in TAPS if name in taps]

  def _looking(self, nets: dict[str, Net], frozen: Any) -> Variables:
    return frozen[_VGG16] if _VGG16 in frozen else nets[FEATURES].variables

  def first_code(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> jax.Array:
    """V's guess at the codes, b L w, of pictures b s s 3 in [-1, 1]."""
    del frozen
    if REGRESSOR not in nets:
      raise UserError(
        'this run has no v to begin codes with (config.stages.regressor=0): '
        "begin with 'mean'"
      )
    return self._v.codes(nets[REGRESSOR].variables, pictures)

  def mean_code(self, nets: dict[str, Net], frozen: Any) -> jax.Array:
    """The mean of w in all rows, L w."""
    del frozen
    return jnp.tile(nets[GENERATOR].stats['w_avg'], (self.layers, 1))

  def random_codes(
    self, nets: dict[str, Net], frozen: Any, key: jax.Array, count: int
  ) -> jax.Array:
    """Mapped normal z in all rows, `count` L w; not truncated."""
    del frozen
    net = nets[GENERATOR].averaged
    return sampling.sample_codes(self.apply[GENERATOR], net, key, count)

  def seeded_codes(
    self, nets: dict[str, Net], key: jax.Array, seeds: jax.Array
  ) -> jax.Array:
    """A code for each of `seeds` (b int32), b L w, truncated by `psi`."""
    net, model = nets[GENERATOR].averaged, self.config.model

    def one(seed: jax.Array) -> jax.Array:
      return sampling.sample_codes(
        self.apply[GENERATOR],
        net,
        jax.random.fold_in(key, seed),
        1,
        psi=model.psi,
        cutoff=model.cutoff,
      )[0]

    return jax.vmap(one)(seeds)

  def judged(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> jax.Array:
    """The judge's action units, b 12, in [0, 1] about."""
    del frozen
    return self._judge().units(nets[JUDGE].variables, pictures)

  def identity(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> jax.Array:
    """Unit codes b d of people, by the judge: their products are cosines."""
    del frozen
    return self._judge().identity(nets[JUDGE].variables, pictures)

  def judge_features(
    self, nets: dict[str, Net], frozen: Any, pictures: jax.Array
  ) -> dict[str, jax.Array]:
    """What Frechet distances are taken of, by the judge, b f each.

    'pooled': means over the last convolution's map, which is what the usual
    distance takes of Inception-v3; 'fc7': the last hidden layer, which
    keeps of a picture what tells action units and people.
    """
    del frozen
    judge = self._judge()
    taps = judge.taps(nets[JUDGE].variables, pictures)
    last = f'relu{layer_names(16, judge.sizes["blocks"])[-1]}'
    return {'pooled': taps[last].mean((1, 2)), 'fc7': taps['fc7']}

  def _judge(self) -> FaceFeatures:
    if JUDGE not in self.features:
      raise UserError(
        'this run has no judge to measure by: it was made with '
        'config.stages.features=0'
      )
    return self.features[JUDGE]

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Pictures b s s 3 in [-1, 1].

    Args:
      nets: of the run.
      frozen: not used.
      given: `codes`, b L w, or `seeds`, b int32, whose codes are drawn and
        truncated.
      key: of `seeds`: the same key and seed make the same picture.
    """
    if 'codes' in given:
      return self.render(nets, frozen, given['codes'])
    codes = self.seeded_codes(nets, key, given['seeds'])
    return self.render(nets, frozen, codes)
