"""Parity of the facial prior's losses and their gradients."""

from collections.abc import Callable
from typing import Any

import jax

from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import factor_of
from facegen_jax.systems.facial_prior import first_order
from facegen_jax.weights import facial_prior
from facegen_jax.weights.export import to_state
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_last,
)
from facegen_jax.weights.parity_facial_prior import Config, detector, places
from facegen_jax.weights.parity_facial_prior_whole import (
  VARIANCE,
  fomm_generator,
)
from facegen_jax.weights.parity_fomm import (
  discriminator,
  generator_table,
  start,
)
from facegen_jax.weights.parity_fomm_blocks import plate
from facegen_jax.weights.parity_fomm_train import weights
from facegen_jax.weights.parity_perceptual import seen

# What these files leave to the published defaults.
_CRITIC = {'num_channels': 3, 'sn': False, 'use_kp': False, 'num_kp': 18}
_SIGMA = 0.75

# Our name of a set of points to the landmarks'.
_FRAMES = {
  'source': 'source',
  'driving': 'driving',
  'deformed': 'transformed_frame',
}


def _losses(config: Config, params: Arrays) -> tuple[dict, Callable]:
  """Variables of all networks; a step's losses by weights and inputs."""
  chosen, align = config['train_params'], config['grid_sample_align_corners']
  sizes, stored = config['kp_detector_params'], start(params, 'kp_detector/')
  critic = _CRITIC | VARIANCE | config['discriminator_params']
  nets = {
    'points': detector(sizes, _SIGMA, stored),
    'generator': fomm_generator(config, params, align),
    'discriminator': discriminator(critic, start(params, 'discriminator/')),
  }
  applies, variables = ({k: net[i] for k, net in nets.items()} for i in (0, 1))
  look = seen(start(params, 'vgg/'), config['vgg_width_divisor'])

  def losses(trained: dict, inputs: Arrays) -> tuple[jax.Array, dict]:
    now = {k: Variables(w, variables[k].stats) for k, w in trained.items()}
    source, driving = (channels_last(inputs[k]) for k in ('source', 'driving'))
    drawn = plate(inputs, 'transform_')
    hints = {k: (places(inputs, f'_{v}'),) for k, v in _FRAMES.items()}
    rebuilt = first_order.rebuild(
      applies, now, source, driving, drawn, hints=hints, align_corners=align
    )
    found, _ = first_order.generator_losses(
      rebuilt,
      driving,
      drawn,
      look,
      applies['discriminator'],
      variables['discriminator'],
      weights=weights(chosen),
      factors=[factor_of(scale) for scale in chosen['scales']],
      critic_factors=[factor_of(scale) for scale in critic['scales']],
    )
    return sum(found.values()), found

  return variables, losses


def _trained(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  variables, losses = _losses(config, params)
  trained = {name: variables[name].params for name in ('points', 'generator')}
  run = jax.jit(jax.value_and_grad(losses, has_aux=True))
  (total, found), gradients = run(trained, inputs)
  found['gen_gan'] = found.pop('gan')
  outputs = {f'loss/{name}': value for name, value in found.items()}
  outputs['loss/total'] = total
  blocks = config['kp_detector_params']['num_blocks']
  joined = 'awp' if 'kp_detector/learn.weight' in params else 'ewp'
  points = facial_prior.keypoint_detector(blocks, joined=joined)
  table = generator_table(config['generator_params'])
  slopes = {
    'kp_detector': to_state(points, gradients['points']),
    'generator': to_state(table, gradients['generator']),
  }
  return outputs | {
    f'grad/{theirs}/{name}': value
    for theirs, state in slopes.items()
    for name, value in state.items()
  }


def _trained_tolerance(name: str) -> Tolerance:
  if name.startswith('loss/'):
    return Tolerance(0, 5e-5)
  return Tolerance(0, peak=2e-2)


# By the start of a file's name.
CASES = {'fpb_train_losses_fomm': Case(_trained, _trained_tolerance)}
