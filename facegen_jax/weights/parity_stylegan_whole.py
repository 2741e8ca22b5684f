"""Parity of StyleGAN from recipes: of 1024 px, and InterFaceGAN's names."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
)
from facegen_jax.weights.parity_stylegan import (
  Config,
  compiled,
  discriminator,
  generator,
  of_generator,
  styles,
)
from facegen_jax.weights.recipe import drawn


def _counted(net: nnx.Module, wanted: int) -> None:
  leaves = jax.tree.leaves(nnx.state(net, nnx.Param))
  found = sum(x.size for x in leaves)
  if found != wanted:
    raise UserError(f'ours has {found} parameters, the published {wanted}')


def _full(config: Config, params: Arrays, inputs: Arrays) -> dict[str, Any]:
  del params
  seed = config['recipe_seed']
  net = generator(drawn(config['recipe'], seed, config['param_sha256']))
  _counted(net, config['g_trainable_param_count'])
  w = net.map(jnp.asarray(inputs['z']))
  cut = config['truncation_psi'], config['truncation_cutoff']
  codes = net.truncate(net.broadcast(w), *cut)
  picture = compiled(net, 'synthesise')(codes)
  found = {'w': w, **styles(net, codes)}
  del net
  rgb = channels_first(picture)
  for name, value in (('mean', rgb.mean), ('std', rgb.std)):
    wanted = config[f'image_{name}']
    if not np.allclose(value((0, 2, 3)), wanted, rtol=1e-3, atol=1e-3):
      raise UserError(f"the picture's channels have another {name}")
  arrays = drawn(
    config['disc_recipe'],
    config['disc_recipe_seed'],
    config['disc_param_sha256'],
  )
  critic = discriminator(arrays)
  _counted(critic, config['d_trainable_param_count'])
  return found | {
    'image_stride16': rgb[:, :, ::16, ::16],
    'image_crop': rgb[:, :, 500:532, 500:532],
    'disc_score': compiled(critic)(0.2 * picture)[:, None],
  }


def _interfacegan(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del params
  state = drawn(config['recipe'], config['recipe_seed'], config['param_sha256'])
  names = config['key_map_to_genforce']
  net = generator({names[name]: value for name, value in state.items()})
  w = net.map(jnp.asarray(inputs['z']))
  psi, cutoff = config['truncation_psi'], config['truncation_layers']
  cut = net.truncate(net.broadcast(w), psi, cutoff)
  synthesise = compiled(net, 'synthesise')
  given = jnp.asarray(inputs['wplus'])
  return {
    'w': w,
    f'image_from_z_psi{psi}_cut{cutoff}': channels_first(synthesise(cut)),
    'image_from_wplus': channels_first(synthesise(given)),
  }


# By the `model` of a file's config.
CASES = {
  'stylegan_v1_1024_full_recipe': Case(
    _full, lambda _: Tolerance(0, 1e-3, 1e-4)
  ),
  'stylegan_v1_generator_interfacegan_keys_recipe': Case(
    _interfacegan, of_generator
  ),
}
