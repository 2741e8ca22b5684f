"""Parity of MRAA's generator and of animating."""

from collections.abc import Callable, Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.core.state import Variables
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.transfer import transferred
from facegen_jax.weights import mraa
from facegen_jax.weights.hashed import from_rules
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import both, start
from facegen_jax.weights.parity_mraa import (
  described,
  flow,
  named,
  region_predictor,
  region_tolerance,
)
from facegen_jax.weights.parity_mraa_transfer import avd
from facegen_jax.weights.parity_vgan import opened

Config = Mapping[str, Any]
Opened = tuple[Callable, Variables]


def generator_table(config: Config) -> Table:
  """The table of a file's generator."""
  inner = config['pixelwise_flow_predictor_params']
  return mraa.generator(
    config['num_down_blocks'],
    config['num_bottleneck_blocks'],
    inner['num_blocks'],
    occlusion=inner['estimate_occlusion_map'],
  )


def generator(config: Config, params: Arrays, align: bool) -> Opened:
  """`Generator` of a file, `PixelwiseFlow` within."""
  inner = config['pixelwise_flow_predictor_params'] | {
    name: config[name] for name in ('num_regions', 'revert_axis_swap')
  }

  def make(rngs: nnx.Rngs) -> Generator:
    return Generator(
      flow(inner, align)(rngs),
      features=config['block_expansion'],
      max_features=config['max_features'],
      down_blocks=config['num_down_blocks'],
      res_blocks=config['num_bottleneck_blocks'],
      skips=config['skips'],
      align_corners=align,
      rngs=rngs,
    )

  return opened(make, generator_table(config), learned(params))


def _generator(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  def run(align: bool) -> dict[str, Any]:
    apply, variables = generator(config, params, align)
    picture = channels_last(inputs['source'])
    made, _ = apply(variables, picture, *described(inputs))
    return {
      'prediction': channels_first(made.prediction),
      'deformed': channels_first(made.deformed),
      'occlusion_map': channels_first(made.motion.occlusion),
    }

  return both(config, run)


def repeated(tree: Any, count: int) -> Any:
  """The one example of `tree`, `count` times."""
  return jax.tree.map(lambda x: jnp.repeat(x, count, 0), tree)


def _animated(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  sizes = config['region_predictor_params']
  find, found = opened(
    region_predictor(sizes),
    mraa.region_predictor(sizes['num_blocks'], pca=sizes['pca_based']),
    learned(start(params, 'region_predictor/')),
  )
  source = channels_last(inputs['source'])
  frames = channels_last(inputs['driving_video'])
  of_source, of_driving = (find(found, x)[0] for x in (source, frames))
  first = jax.tree.map(lambda x: x[:1], of_driving)
  still = repeated((source, of_source), len(frames))
  rules = from_rules(config['avd_param_rules'])
  apply, variables = opened(avd(config['avd_params']), mraa.avd(), rules)
  moved = {
    mode: transferred(
      still[1],
      of_driving,
      mode=mode,
      initial=first,
      avd=lambda *given: apply(variables, *given)[0],
    )
    for mode in ('standard', 'relative', 'avd')
  }
  weights = start(params, 'generator/')

  def run(align: bool) -> dict[str, Any]:
    apply, variables = generator(config['generator_params'], weights, align)
    return {
      f'{mode}/prediction': channels_first(
        apply(variables, *still, driving)[0].prediction
      )
      for mode, driving in moved.items()
    }

  outputs = both(config, run) | named(of_source, 'source_region_params/')
  for mode, driving in moved.items():
    outputs |= named(driving, f'{mode}/new_')
  return outputs


def _generated(name: str) -> Tolerance:
  return Tolerance(5e-5 if 'occlusion' in name else 1e-4)


def _animated_tolerance(name: str) -> Tolerance:
  if name.startswith('source_region_params'):
    return region_tolerance(name)
  return Tolerance(2e-3 if 'avd/' in name else 3e-4)


# By the start of a file's name.
CASES = {
  'mraa_generator': Case(_generator, _generated),
  'mraa_pipeline_animate': Case(_animated, _animated_tolerance),
}
