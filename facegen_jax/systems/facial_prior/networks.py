"""The networks of each member of the family, by config."""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax.numpy as jnp

from facegen_jax.systems.facial_prior import prior
from facegen_jax.systems.facial_prior.avd import AVD
from facegen_jax.systems.facial_prior.background import Background
from facegen_jax.systems.facial_prior.dense_motion import DenseMotion
from facegen_jax.systems.facial_prior.discriminator import Discriminator
from facegen_jax.systems.facial_prior.flow import PixelwiseFlow
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import KeypointDetector
from facegen_jax.systems.facial_prior.prior_keypoints import (
  PriorKeypointDetector,
)
from facegen_jax.systems.facial_prior.prior_regions import PriorRegionPredictor
from facegen_jax.systems.facial_prior.regions import RegionPredictor

Makers = dict[str, Callable[[nnx.Rngs], nnx.Module]]


def count(config: Any) -> int:
  """Of key points or regions: the prior's, or as the config says."""
  model = config.model
  return model.points if model.prior == 'none' else prior.COUNT


def with_critic(config: Any) -> bool:
  """Whether pictures are judged by a discriminator."""
  return config.model.motion == 'fomm' and config.loss.weights.gan > 0


def with_avd(config: Any) -> bool:
  """Whether there is a network that disentangles person and pose."""
  model = config.model
  return (
    model.motion == 'mraa' and model.prior == 'none' and config.stages.avd > 0
  )


def generating(config: Any) -> tuple[str, ...]:
  """The networks that animate."""
  if config.model.motion == 'fomm':
    return 'keypoints', 'generator'
  return 'regions', 'generator', *(('avd',) if with_avd(config) else ())


def networks(config: Any) -> Makers:
  """Every network but those behind the perceptual loss."""
  return (
    _first_order(config) if config.model.motion == 'fomm' else _mraa(config)
  )


def _hourglass(config: Any, features: int) -> dict[str, Any]:
  m = config.model
  return {
    'features': features,
    'blocks': m.blocks,
    'max_features': m.max_features,
    'factor': m.factor,
    'dtype': jnp.dtype(m.dtype),
  }


def _drawn(config: Any) -> dict[str, Any]:
  m = config.model
  return {'reading': m.prior_reading, 'sigma': m.prior_sigma or None}


def _painter(config: Any, motion: Any, **more: Any) -> Any:
  m = config.model
  return lambda rngs: Generator(
    motion(rngs),
    features=m.generator_features,
    max_features=m.generator_max_features,
    down_blocks=m.down_blocks,
    res_blocks=m.res_blocks,
    align_corners=m.align_corners,
    dtype=jnp.dtype(m.dtype),
    **more,
    rngs=rngs,
  )


def _first_order(config: Any) -> Makers:
  m, k = config.model, count(config)
  shared = _hourglass(config, m.features)
  shared |= {'temperature': m.temperature, 'padding': m.padding}
  by_prior = {'joined': m.prior, **_drawn(config)}

  def keypoints(rngs: nnx.Rngs) -> nnx.Module:
    if m.prior == 'none':
      return KeypointDetector(k, **shared, rngs=rngs)
    return PriorKeypointDetector(k, **by_prior, **shared, rngs=rngs)

  def motion(rngs: nnx.Rngs) -> nnx.Module:
    sizes = _hourglass(config, m.motion_features)
    return DenseMotion(k, align_corners=m.align_corners, **sizes, rngs=rngs)

  makers = {'keypoints': keypoints, 'generator': _painter(config, motion)}
  if with_critic(config):
    makers['discriminator'] = lambda rngs: Discriminator(
      len(config.loss.critic_pyramid),
      features=m.discriminator_features,
      blocks=m.discriminator_blocks,
      max_features=m.discriminator_max_features,
      spectral=m.spectral,
      points=k if m.critic_sees_points else 0,
      dtype=jnp.dtype(m.dtype),
      rngs=rngs,
    )
  return makers


def _mraa(config: Any) -> Makers:
  m, k = config.model, count(config)
  shared = _hourglass(config, m.features) | {'temperature': m.temperature}
  by_prior = {'variant': m.prior_variant, **_drawn(config)}

  def regions(rngs: nnx.Rngs) -> nnx.Module:
    if m.prior == 'none':
      return RegionPredictor(
        k, padding=m.padding, pca=m.pca, **shared, rngs=rngs
      )
    return PriorRegionPredictor(k, **by_prior, **shared, rngs=rngs)

  def background(rngs: nnx.Rngs) -> nnx.Module:
    sizes = _hourglass(config, m.features)
    del sizes['factor']  # it sees whole pictures
    return Background(m.background, **sizes, rngs=rngs)

  def motion(rngs: nnx.Rngs) -> nnx.Module:
    sizes = _hourglass(config, m.motion_features)
    return PixelwiseFlow(k, align_corners=m.align_corners, **sizes, rngs=rngs)

  makers = {
    'regions': regions,
    'background': background,
    'generator': _painter(config, motion, skips=True),
  }
  if with_avd(config):
    makers['avd'] = lambda rngs: AVD(
      k,
      identity=m.avd_codes,
      pose=m.avd_codes,
      hidden=tuple(m.avd_hidden),
      rngs=rngs,
    )
  return makers
