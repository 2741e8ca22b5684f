"""Parity of the networks of MRAA, one by one."""

from collections.abc import Callable, Mapping
from typing import Any

from flax import nnx
import jax.numpy as jnp

from facegen_jax.systems.facial_prior.background import Background
from facegen_jax.systems.facial_prior.flow import PixelwiseFlow
from facegen_jax.systems.facial_prior.principal_axes import principal_axes
from facegen_jax.systems.facial_prior.regions import RegionPredictor, Regions
from facegen_jax.weights import mraa
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import hourglass_sizes, sizes
from facegen_jax.weights.parity_vgan import opened

Config = Mapping[str, Any]


def region_predictor(config: Config) -> Callable[[nnx.Rngs], RegionPredictor]:
  """A maker of the network that `config` describes."""
  return lambda rngs: RegionPredictor(
    config['num_regions'],
    **hourglass_sizes(config),
    temperature=config['temperature'],
    padding=config['pad'],
    pca=config['pca_based'],
    rngs=rngs,
  )


def background(config: Config) -> Callable[[nnx.Rngs], Background]:
  """A maker of the network that `config` describes."""
  return lambda rngs: Background(config['bg_type'], **sizes(config), rngs=rngs)


def flow(
  config: Config, align_corners: bool
) -> Callable[[nnx.Rngs], PixelwiseFlow]:
  """A maker of the network that `config` describes."""
  return lambda rngs: PixelwiseFlow(
    config['num_regions'],
    **hourglass_sizes(config),
    occlusion=config['estimate_occlusion_map'],
    covar_heatmap=config['use_covar_heatmap'],
    deformed_source=config['use_deformed_source'],
    revert_axis_swap=config['revert_axis_swap'],
    align_corners=align_corners,
    rngs=rngs,
  )


def regions(inputs: Arrays, name: str) -> Regions:
  """Regions by the arrays that are stored of them."""
  return Regions(
    *(
      jnp.asarray(inputs[f'{name}/{part}'])
      if f'{name}/{part}' in inputs
      else None
      for part in ('shift', 'covar', 'affine')
    )
  )


def named(found: Regions, start: str = '', end: str = '') -> dict[str, Any]:
  """Regions in the reference's names, between `start` and `end`."""
  return {
    f'{start}{part}{end}': getattr(found, part)
    for part in ('shift', 'covar', 'affine')
  }


def decomposed(found: Regions) -> dict[str, Any]:
  """The reference's `u` and `d`, one row a region."""
  axes, variances = principal_axes(found.covar)
  d = jnp.sqrt(variances)[..., None] * jnp.eye(2)
  return {'u': axes.reshape(-1, 2, 2), 'd': d.reshape(-1, 2, 2)}


def _region_predictor(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  apply, variables = opened(
    region_predictor(config),
    mraa.region_predictor(config['num_blocks'], pca=config['pca_based']),
    learned(params),
  )
  found, _ = apply(variables, channels_last(inputs['x']))
  outputs = named(found) | {'heatmap': channels_first(found.heatmap)}
  return outputs | (decomposed(found) if config['pca_based'] else {})


def _background(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  apply, variables = opened(
    background(config),
    mraa.background(config['num_blocks'], config['bg_type']),
    learned(params),
  )
  pictures = (channels_last(inputs[name]) for name in ('source', 'driving'))
  return {'out': apply(variables, *pictures)[0]}


def described(inputs: Arrays) -> tuple[Any, ...]:
  """What a motion network is given of a file, beside its names' picture."""
  bent = inputs.get('bg_params')
  return (
    regions(inputs, 'source_region_params'),
    regions(inputs, 'driving_region_params'),
    None if bent is None else jnp.asarray(bent),
  )


def _flow(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  align = config['grid_sample_align_corners']
  occlusion = config['estimate_occlusion_map']
  table = mraa.flow(config['num_blocks'], occlusion=occlusion)
  outputs = {}
  for start, value in (('', align), ('outalt/', not align)):
    apply, variables = opened(flow(config, value), table, learned(params))
    picture = channels_last(inputs['source'])
    motion, _ = apply(variables, picture, *described(inputs))
    outputs[f'{start}optical_flow'] = motion.flow
    if occlusion:
      found = channels_first(motion.occlusion)
      outputs[f'{start}occlusion_map'] = found
  return outputs


def region_tolerance(name: str) -> Tolerance:
  """Of regions: what comes of a decomposition may be further off."""
  return Tolerance(1e-4 if name.endswith(('affine', 'u')) else 1e-5)


# By the start of a file's name.
CASES = {
  'mraa_region_predictor': Case(_region_predictor, region_tolerance),
  'mraa_region_predictor_regression': Case(
    _region_predictor, lambda _: Tolerance(1e-5)
  ),
  'mraa_bg': Case(_background, lambda _: Tolerance(1e-5)),
  'mraa_pixelwise_flow': Case(_flow, lambda _: Tolerance(5e-5)),
}
