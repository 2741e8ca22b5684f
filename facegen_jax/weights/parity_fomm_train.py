"""Parity of the first order motion model's losses and their gradients."""

from collections.abc import Mapping
from typing import Any

import jax

from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import factor_of
from facegen_jax.systems.facial_prior import first_order
from facegen_jax.weights import fomm
from facegen_jax.weights.export import to_state
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import (
  Config,
  detector,
  detector_table,
  discriminator,
  discriminator_table,
  generator,
  generator_table,
  named,
  start,
)
from facegen_jax.weights.parity_fomm_blocks import plate
from facegen_jax.weights.parity_fomm_networks import tolerance as of_output
from facegen_jax.weights.parity_perceptual import seen

_OURS = {
  'perceptual': 'perceptual',
  'gen_gan': 'gan',
  'feature_matching': 'feature_matching',
  'equivariance_value': 'equivariance_value',
  'equivariance_jacobian': 'equivariance_jacobian',
}


def weights(config: Mapping[str, Any]) -> first_order.LossWeights:
  """Of a file's `loss_weights`."""
  given = config['loss_weights']
  return first_order.LossWeights(
    perceptual=given['perceptual'],
    gan=given['generator_gan'],
    feature_matching=given['feature_matching'],
    value=given['equivariance_value'],
    jacobian=given['equivariance_jacobian'],
  )


class _Step:
  """Both halves of a training step of one file."""

  def __init__(self, config: Config, params: Arrays, align: bool) -> None:
    makers = {
      'points': detector(
        config['kp_detector_params'], start(params, 'kp_detector/')
      ),
      'generator': generator(
        config['generator_params'], start(params, 'generator/'), align
      ),
      'discriminator': discriminator(
        config['discriminator_params'], start(params, 'discriminator/')
      ),
    }
    self.applies = {name: two[0] for name, two in makers.items()}
    self.variables = {name: two[1] for name, two in makers.items()}
    self._seen = seen(start(params, 'vgg/'), config['vgg_width_divisor'])
    self._align, chosen = align, config['train_params']
    self._weights = weights(chosen)
    self._factors = [factor_of(scale) for scale in chosen['scales']]
    scales = config['discriminator_params']['scales']
    self._critic = [factor_of(scale) for scale in scales]

  def first(self, trained: dict, inputs: Arrays) -> tuple:
    """Total loss of the points and the generator; the rest."""
    variables = self.variables | {
      name: Variables(tree, self.variables[name].stats)
      for name, tree in trained.items()
    }
    source, driving = (channels_last(inputs[k]) for k in ('source', 'driving'))
    rebuilt = first_order.rebuild(
      self.applies,
      variables,
      source,
      driving,
      plate(inputs, 'transform_'),
      align_corners=self._align,
    )
    losses, stats = first_order.generator_losses(
      rebuilt,
      driving,
      plate(inputs, 'transform_'),
      self._seen,
      self.applies['discriminator'],
      variables['discriminator'],
      weights=self._weights,
      factors=self._factors,
      critic_factors=self._critic,
    )
    return sum(losses.values()), (losses, rebuilt, stats)

  def second(
    self, trained: dict, stats: dict, rebuilt: Any, inputs: Arrays
  ) -> tuple:
    """The critics' loss, and their statistics after."""
    return first_order.discriminator_loss(
      self.applies['discriminator'],
      Variables(trained, stats),
      rebuilt.generated.prediction,
      channels_last(inputs['driving']),
      rebuilt.driving.value,
      critic_factors=self._critic,
    )


# Their network's name to ours.
_NETWORKS = {
  'kp_detector': 'points',
  'generator': 'generator',
  'discriminator': 'discriminator',
}


def _tables(config: Config) -> dict[str, Any]:
  return {
    'kp_detector': detector_table(config['kp_detector_params']),
    'generator': generator_table(config['generator_params']),
    'discriminator': discriminator_table(config['discriminator_params']),
  }


def _exported(config: Config, trees: Mapping[str, dict]) -> dict[str, Any]:
  """Trees by our network in the file's names."""
  return {
    f'{theirs}/{name}': value
    for theirs, table in _tables(config).items()
    for name, value in to_state(
      table, trees[_NETWORKS[theirs]], layouts=fomm.BACK
    ).items()
  }


def _outputs(
  rebuilt: first_order.Rebuilt,
  losses: dict[str, jax.Array],
  total: jax.Array,
  critics: jax.Array,
) -> dict[str, Any]:
  found = {
    f'loss/{theirs}': losses[ours]
    for theirs, ours in _OURS.items()
    if ours in losses
  }
  return {
    **found,
    'loss/total': total,
    'loss/disc_gan': critics,
    'prediction': channels_first(rebuilt.generated.prediction),
    'transformed_frame': channels_first(rebuilt.frame),
    **named(rebuilt.source, 'kp_source/'),
    **named(rebuilt.driving, 'kp_driving/'),
    **named(rebuilt.deformed, 'transformed_kp/'),
  }


def _losses(
  config: Config, params: Arrays, inputs: Arrays, align: bool
) -> dict[str, Any]:
  """Losses of one step of each side."""
  step = _Step(config, params, align)
  trained = {name: v.params for name, v in step.variables.items()}
  critic = trained.pop('discriminator')
  total, (losses, rebuilt, stats) = jax.jit(step.first)(trained, inputs)
  critics, _ = jax.jit(step.second)(critic, stats, rebuilt, inputs)
  return _outputs(rebuilt, losses, total, critics)


def _gradients(
  config: Config, params: Arrays, inputs: Arrays, align: bool
) -> dict[str, Any]:
  """The same, the gradients, and the statistics after."""
  step = _Step(config, params, align)
  trained = {name: v.params for name, v in step.variables.items()}
  critic = trained.pop('discriminator')
  first = jax.value_and_grad(step.first, has_aux=True)
  (total, (losses, rebuilt, stats)), slopes = jax.jit(first)(trained, inputs)
  second = jax.value_and_grad(step.second, has_aux=True)
  (critics, stats), slope = jax.jit(second)(critic, stats, rebuilt, inputs)
  slopes = _exported(config, slopes | {'discriminator': slope})
  after = _exported(config, rebuilt.stats | {'discriminator': stats})
  return {
    **_outputs(rebuilt, losses, total, critics),
    **{f'grad/{name}': value for name, value in slopes.items()},
    **{f'buffer_after/{name}': value for name, value in after.items()},
  }


def _train(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  given = (config, params, inputs)
  align = config['grid_sample_align_corners']
  other = _losses(*given, not align)
  return _gradients(*given, align) | {
    f'outalt/{name}': value for name, value in other.items()
  }


def _tolerance(name: str) -> Tolerance:
  name = name.removeprefix('outalt/')
  if name.startswith('loss/'):
    return Tolerance(0, 5e-5)
  if name.startswith('grad/'):
    return Tolerance(1e-4, 0, 1e-3)
  if name.startswith('buffer_after/'):
    return Tolerance(2e-5, 1e-5)
  if name.startswith('transformed_kp/'):
    return Tolerance(1e-5)
  return of_output(name)


# By the start of a file's name.
CASES = {
  'fomm_train_full_losses': Case(_train, _tolerance),
  'fomm_train_grads': Case(_train, _tolerance),
}
