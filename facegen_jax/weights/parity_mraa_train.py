"""Parity of MRAA's losses and their gradients."""

from collections.abc import Mapping
from typing import Any

import jax

from facegen_jax.core.state import Variables
from facegen_jax.nn.antialias import factor_of
from facegen_jax.systems.facial_prior import articulated
from facegen_jax.weights import mraa
from facegen_jax.weights.export import to_state
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
)
from facegen_jax.weights.parity_fomm import start
from facegen_jax.weights.parity_fomm_blocks import plate
from facegen_jax.weights.parity_mraa import (
  Config,
  background,
  named,
  region_predictor,
  region_tolerance,
)
from facegen_jax.weights.parity_mraa_whole import generator, generator_table
from facegen_jax.weights.parity_perceptual import seen
from facegen_jax.weights.parity_vgan import opened

# Our name of a network to theirs.
_STORED = {
  'regions': 'region_predictor',
  'background': 'bg_predictor',
  'generator': 'generator',
}
# Their name of a set of regions to ours.
_PLACES = {'source': 'source', 'driving': 'driving', 'transformed': 'deformed'}


class _Step:
  """A training step of one file."""

  def __init__(self, config: Config, params: Arrays, align: bool) -> None:
    self._align, chosen = align, config['train_params']
    given = {
      name: start(params, f'{stored}/') for name, stored in _STORED.items()
    }
    of_regions = config['region_predictor_params']
    behind = config['bg_predictor_params']
    self.tables = {
      'regions': mraa.region_predictor(
        of_regions['num_blocks'], pca=of_regions['pca_based']
      ),
      'background': mraa.background(behind['num_blocks'], behind['bg_type']),
      'generator': generator_table(config['generator_params']),
    }
    nets = {
      name: opened(make, self.tables[name], learned(given[name]))
      for name, make in {
        'regions': region_predictor(of_regions),
        'background': background(behind),
      }.items()
    }
    nets['generator'] = generator(
      config['generator_params'], given['generator'], align
    )
    self._applies = {name: net[0] for name, net in nets.items()}
    self.variables = {name: net[1] for name, net in nets.items()}
    self._seen = seen(start(params, 'vgg/'), config['vgg_width_divisor'])
    self._factors = [factor_of(scale) for scale in chosen['scales']]
    stored = chosen['loss_weights']
    self._weights = articulated.LossWeights(
      stored['perceptual'],
      stored['equivariance_shift'],
      stored['equivariance_affine'],
    )

  def loss(self, trained: dict, inputs: Arrays) -> tuple[jax.Array, tuple]:
    """The sum of the losses by the networks' weights; the rest."""
    variables = {
      name: Variables(trained[name], one.stats)
      for name, one in self.variables.items()
    }
    pictures = [channels_last(inputs[k]) for k in ('source', 'driving')]
    drawn = plate(inputs, 'transform_')
    rebuilt = articulated.rebuild(
      self._applies, variables, *pictures, drawn, align_corners=self._align
    )
    losses = articulated.losses(
      rebuilt,
      pictures[1],
      drawn,
      self._seen,
      weights=self._weights,
      factors=self._factors,
    )
    return sum(losses.values()), (losses, rebuilt)

  def trained(self) -> dict[str, Any]:
    """The weights of all networks."""
    return {name: one.params for name, one in self.variables.items()}


def _loss_names(total: jax.Array, losses: Mapping[str, Any]) -> dict[str, Any]:
  found = {f'loss/{name}': value for name, value in losses.items()}
  return found | {'loss/total': total}


def _trained(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  align = config['grid_sample_align_corners']
  other = _Step(config, params, not align)
  total, (losses, _) = jax.jit(other.loss)(other.trained(), inputs)
  found = _loss_names(total, losses)
  outputs = {f'outalt/{name}': value for name, value in found.items()}
  step = _Step(config, params, align)
  run = jax.jit(jax.value_and_grad(step.loss, has_aux=True))
  (total, (losses, rebuilt)), gradients = run(step.trained(), inputs)
  outputs |= _loss_names(total, losses)
  outputs['prediction'] = channels_first(rebuilt.generated.prediction)
  for name, place in _PLACES.items():
    outputs |= named(getattr(rebuilt, place), f'{name}_region_params/')
  for name, stored in _STORED.items():
    table, stats = step.tables[name], rebuilt.stats[name]
    for start_, tree in (('grad', gradients[name]), ('buffer_after', stats)):
      state = to_state(table, tree)
      outputs |= {f'{start_}/{stored}/{k}': v for k, v in state.items()}
  return outputs


def _trained_tolerance(name: str) -> Tolerance:
  if 'loss/' in name:
    return Tolerance(0, 5e-5)
  if name.startswith('grad/'):
    return Tolerance(1e-4, peak=1e-3)
  if name == 'prediction':
    return Tolerance(1e-4)
  return region_tolerance(name)


# By the start of a file's name.
CASES = {'mraa_train_losses_grads': Case(_trained, _trained_tolerance)}
