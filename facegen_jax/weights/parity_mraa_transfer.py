"""Parity of MRAA's transfer of regions, and of AVD."""

from collections.abc import Callable
from typing import Any

from flax import nnx
import jax.numpy as jnp

from facegen_jax.core.pure import pure
from facegen_jax.nn.coordinates import gaussian
from facegen_jax.systems.facial_prior.avd import AVD, scaled
from facegen_jax.systems.facial_prior.transfer import transferred
from facegen_jax.weights import mraa
from facegen_jax.weights.hashed import from_rules
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
)
from facegen_jax.weights.parity_mraa import Config, named, regions
from facegen_jax.weights.parity_vgan import opened


def avd(config: Config) -> Callable[[nnx.Rngs], AVD]:
  """A maker of the network that `config` describes."""
  return lambda rngs: AVD(
    config['num_regions'],
    identity=config['id_bottle_size'],
    pose=config['pose_bottle_size'],
    revert_axis_swap=config['revert_axis_swap'],
    rngs=rngs,
  )


def _avd(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del params
  given = from_rules(config['param_rules'])
  identity, pose = (regions(inputs, name) for name in ('x_id', 'x_pose'))
  outputs = {}
  for start, revert in (('', True), ('out_norevert/', False)):
    made = avd({**config, 'revert_axis_swap': revert})
    apply, variables = opened(made, mraa.avd(), given)
    outputs |= named(apply(variables, identity, pose)[0], start)
  codes, _ = pure(avd(config))[1](variables, identity, pose, method='codes')
  return outputs | dict(zip(('id_emb', 'pose_emb'), codes, strict=True))


def _scaled(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del config, params
  found = scaled(regions(inputs, 'region_params'), jnp.asarray(inputs['theta']))
  return {'shift': found.shift, 'affine': found.affine}


def _transferred(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del config, params
  names = ('source', 'driving', 'driving_initial')
  source, driving, initial = (regions(inputs, name) for name in names)
  outputs = {}
  for mode in ('standard', 'relative'):
    found = transferred(source, driving, mode=mode, initial=initial)
    outputs |= named(found, f'{mode}/')
  return outputs


def _gaussians(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params
  centre, size = jnp.asarray(inputs['center']), config['spatial_size']
  covar = jnp.asarray(inputs['covar'])
  variances = {'full_covar': covar, 'scalar_var': config['scalar']}
  return {
    name: channels_first(gaussian(centre, *size, variance))
    for name, variance in variances.items()
  }


# By the start of a file's name.
CASES = {
  'mraa_avd_network': Case(_avd, lambda _: Tolerance(1e-5)),
  'mraa_random_scale': Case(_scaled, lambda _: Tolerance(1e-5)),
  'mraa_get_animation_region_params': Case(
    _transferred, lambda _: Tolerance(1e-5)
  ),
  'mraa_util_region2gaussian': Case(
    _gaussians, lambda _: Tolerance(2e-5, 1e-5)
  ),
}
