"""Parity of the first order motion model's networks, and of animating."""

from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.systems.facial_prior.keypoints import KeyPoints
from facegen_jax.systems.facial_prior.motion import transferred
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import (
  Config,
  both,
  dense_motion,
  detector,
  discriminator,
  generator,
  named,
  start,
)


def points(inputs: Arrays, name: str) -> KeyPoints:
  """The key points `name` of a file."""
  found = (inputs.get(f'{name}/{field}') for field in KeyPoints._fields)
  return KeyPoints(*(None if x is None else jnp.asarray(x) for x in found))


def _detector(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  apply, variables = detector(config, params)
  return named(apply(variables, channels_last(inputs['x']))[0])


def motion_outputs(motion: Any) -> dict[str, Any]:
  """`Motion` in the reference's names and layouts."""
  found = {
    'sparse_deformed': motion.deformed.transpose(0, 3, 4, 1, 2),
    'mask': channels_first(motion.mask),
    'deformation': motion.flow,
  }
  if motion.occlusion is not None:
    found['occlusion_map'] = channels_first(motion.occlusion)
  return found


def _moving(inputs: Arrays) -> tuple:
  names = ('kp_source', 'kp_driving')
  return channels_last(inputs['source']), *(points(inputs, n) for n in names)


def _dense_motion(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  def run(align: bool) -> dict[str, Any]:
    apply, variables = dense_motion(config, params, align)
    return motion_outputs(apply(variables, *_moving(inputs))[0])

  return both(config, run)


def _generator(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  def run(align: bool) -> dict[str, Any]:
    apply, variables = generator(config, params, align)
    made, _ = apply(variables, *_moving(inputs))
    return {
      'prediction': channels_first(made.prediction),
      'deformed': channels_first(made.deformed),
      **motion_outputs(made.motion),
    }

  return both(config, run)


def _discriminator(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  apply, variables = discriminator(config, params)
  pictures = [
    channels_last(inputs[f'x/prediction_{scale}']) for scale in config['scales']
  ]
  judged, _ = apply(variables, pictures, jnp.asarray(inputs['kp/value']))
  found = {}
  for scale, one in zip(config['scales'], judged, strict=True):
    found[f'prediction_map_{scale}'] = channels_first(one.logits)
    for i, x in enumerate(one.features):
      found[f'feature_maps_{scale}/{i}'] = channels_first(x)
  return found


def _transferred(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del config, params
  names = ('kp_source', 'kp_driving', 'kp_driving_initial')
  found, given = {}, [points(inputs, name) for name in names]
  for bits in range(8):
    adaptive, relative, jacobian = (bool(bits >> i & 1) for i in (2, 1, 0))
    moved = transferred(
      *given,
      relative=relative,
      relative_jacobian=jacobian,
      adaptive=adaptive,
    )
    place = f'adapt{adaptive:d}_rel{relative:d}_reljac{jacobian:d}/'
    found |= named(moved, place)
  return found


def _animated(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  find, found = detector(
    config['kp_detector_params'], start(params, 'kp_detector/')
  )
  source = channels_last(inputs['source'])
  frames = channels_last(inputs['driving_video'])
  of_source, of_driving = (find(found, x)[0] for x in (source, frames))
  first = jax.tree.map(lambda x: x[:1], of_driving)
  weights = start(params, 'generator/')

  def run(align: bool) -> dict[str, Any]:
    apply, variables = generator(config['generator_params'], weights, align)
    outputs = {}
    for mode, chosen in config['modes'].items():
      moved = transferred(
        of_source,
        of_driving,
        first,
        relative=chosen['use_relative_movement'],
        relative_jacobian=chosen['use_relative_jacobian'],
        adaptive=chosen['adapt_movement_scale'],
      )
      still = jax.tree.map(
        lambda x: jnp.repeat(x, len(frames), 0), (source, of_source)
      )
      made, _ = apply(variables, *still, moved)
      outputs[f'{mode}/prediction'] = channels_first(made.prediction)
      outputs |= named(moved, f'{mode}/kp_norm_')
    return outputs

  return {
    **both(config, run),
    **named(of_source, 'kp_source/'),
    **named(of_driving, 'kp_driving/'),
  }


def tolerance(name: str) -> Tolerance:
  """Of one output of these files."""
  if name.endswith('prediction'):
    return Tolerance(1e-4)
  if 'feature_maps' in name or 'prediction_map' in name:
    return Tolerance(2e-5, 1e-5)
  points = name.startswith('kp_') or 'kp_norm' in name
  if points or name.endswith(('value', 'jacobian')):
    return Tolerance(1e-5)
  return Tolerance(5e-5)


# By the start of a file's name.
CASES = {
  'fomm_kp_detector': Case(_detector, tolerance),
  'fomm_dense_motion': Case(_dense_motion, tolerance),
  'fomm_generator': Case(_generator, tolerance),
  'fomm_discriminator': Case(_discriminator, tolerance),
  'fomm_normalize_kp': Case(_transferred, tolerance),
  'fomm_pipeline_animate': Case(_animated, tolerance),
}
