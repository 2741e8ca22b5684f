"""Parity of animating by the facial prior."""

from collections.abc import Callable
from typing import Any

import jax

from facegen_jax.core.state import Variables
from facegen_jax.systems.facial_prior.motion import transferred
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_facial_prior import (
  Config,
  detector,
  places,
  predictor,
  region_tolerance,
)
from facegen_jax.weights.parity_fomm import (
  Opened,
  both,
  generator,
  named,
  start,
)
from facegen_jax.weights.parity_mraa import named as named_regions
from facegen_jax.weights.parity_mraa_whole import generator as mraa_generator

# What these files leave to the published default.
VARIANCE = {'kp_variance': 0.01}


def fomm_generator(config: Config, params: Arrays, align: bool) -> Opened:
  """`Generator` of a file, `DenseMotion` within."""
  sizes = config['generator_params']
  inner = VARIANCE | sizes['dense_motion_params']
  given = start(params, 'generator/')
  return generator(sizes | {'dense_motion_params': inner}, given, align)


def _found(
  find: Callable, variables: Variables, inputs: Arrays
) -> tuple[jax.Array, Any, Any]:
  """The source picture; what `find` says of it and of the driving frames.

  Landmarks are one set a picture; stored key points the source's, and then
  one set for all driving frames.
  """
  source = channels_last(inputs['source'])
  frames = channels_last(inputs['driving_video'])
  points = places(inputs)
  if 'keypoints' in inputs:
    of_frames = points[1:2].repeat(len(frames), 0)
  else:
    of_frames = points[1:]
  of_source, _ = find(variables, source, points[:1])
  of_driving, _ = find(variables, frames, of_frames)
  return source, of_source, of_driving


def _last(tree: Any) -> Any:
  return jax.tree.map(lambda x: x[-1:], tree)


def _fomm_animated(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  sizes, given = config['kp_detector_params'], start(params, 'kp_detector/')
  net = detector(sizes, config['prior_sigma'], given)
  source, of_source, of_driving = _found(*net, inputs)
  mode = config['mode']
  moved = transferred(
    of_source,
    of_driving,
    jax.tree.map(lambda x: x[:1], of_driving),
    relative=mode['use_relative_movement'],
    relative_jacobian=mode['use_relative_jacobian'],
    adaptive=mode['adapt_movement_scale'],
  )

  def run(align: bool) -> dict[str, Any]:
    apply, variables = fomm_generator(config, params, align)
    made, _ = apply(variables, source, of_source, _last(moved))
    pictures = channels_first(made.prediction)
    return {'relative/prediction_last_frame': pictures}

  return {
    **both(config, run),
    **named(of_source, 'kp_source/'),
    **named(of_driving, 'kp_driving/'),
    **named(moved, 'relative/kp_norm_'),
  }


def _mraa_animated(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  sizes = config['region_predictor_params']
  given = start(params, 'region_predictor/')
  net = predictor(sizes, config['prior_sigma'], given)
  source, of_source, of_driving = _found(*net, inputs)

  def run(align: bool) -> dict[str, Any]:
    sizes, given = config['generator_params'], start(params, 'generator/')
    apply, variables = mraa_generator(sizes, given, align)
    made, _ = apply(variables, source, of_source, _last(of_driving))
    return {'prediction_last_frame': channels_first(made.prediction)}

  return {
    **both(config, run),
    **named_regions(of_source, 'source/'),
    **named_regions(of_driving, 'driving/'),
  }


def _animated_tolerance(name: str) -> Tolerance:
  return Tolerance(1e-4 if 'prediction' in name else 1e-5)


def _mraa_tolerance(name: str) -> Tolerance:
  return Tolerance(1e-3) if 'prediction' in name else region_tolerance(name)


# By the start of a file's name.
CASES = {
  'fpb_pipeline_fomm': Case(_fomm_animated, _animated_tolerance),
  'fpb_pipeline_mraa': Case(_mraa_animated, _mraa_tolerance),
}
