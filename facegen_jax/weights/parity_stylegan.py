"""Parity of StyleGAN's generator and discriminator."""

from collections.abc import Callable, Mapping
import functools
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.resize import average_pool, nearest
from facegen_jax.systems.au_transfer import sampling
from facegen_jax.systems.au_transfer.discriminator import Discriminator
from facegen_jax.systems.au_transfer.generator import Generator
from facegen_jax.systems.au_transfer.mapping import normalise
from facegen_jax.weights import stylegan
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
  filled,
)
from facegen_jax.weights.stylegan_sizes import (
  discriminator_sizes,
  generator_sizes,
)

Config = Mapping[str, Any]


def generator(params: Arrays) -> Generator:
  """The generator that arrays of genforce's names are of."""
  state = stylegan.without_detail(params)
  sizes = generator_sizes(state, place='this file')
  shape = nnx.eval_shape(lambda: Generator(**sizes, rngs=nnx.Rngs(0)))
  table = stylegan.generator(sizes['size'], sizes['mapping_layers'])
  return filled(shape, nnx.Variable, table, state)


def discriminator(params: Arrays) -> Discriminator:
  """The discriminator that arrays of genforce's names are of."""
  state = stylegan.without_detail(params)
  sizes = discriminator_sizes(state, place='this file')
  shape = nnx.eval_shape(lambda: Discriminator(**sizes, rngs=nnx.Rngs(0)))
  return filled(
    shape, nnx.Variable, stylegan.discriminator(sizes['size']), state
  )


def compiled(net: nnx.Module, method: str = '__call__') -> Callable:
  """A network's method under jit, but for its whole numbers and text."""
  graph, state = nnx.split(net)

  @functools.partial(jax.jit, static_argnames='resolution')
  def run(state: nnx.State, *args: Any, **options: Any) -> Any:
    return getattr(nnx.merge(graph, state), method)(*args, **options)

  return functools.partial(run, state)


def detail(size: int, lod: float) -> dict[str, Any]:
  """The resolution and fade of a level of detail; 0 is `size`, 1 half of it."""
  whole = int(lod)
  fade = lod - whole
  return {'resolution': size >> whole, 'fade': fade or None}


def styles(net: Generator, codes: jax.Array) -> dict[str, jax.Array]:
  """What each layer's scale and shift are made of codes b L w."""
  layers = enumerate(net.synthesis.layers)
  return {f'style{i:02}': at.style(codes[:, i]) for i, at in layers}


def _codes(net: Generator, config: Config, z: jax.Array) -> dict[str, Any]:
  w = net.map(z)
  found = {'z_normalized': normalise(z), 'w': w, 'wp': net.broadcast(w)}
  for psi, cutoff in config['truncations']:
    cut = net.truncate(found['wp'], psi, cutoff)
    found[f'wp_trunc/psi{psi}_cut{cutoff}'] = cut
  average = sampling.track_average(net.w_avg[...], w)
  return found | {'w_avg_after_update': average}


def _activations(
  net: Generator, codes: jax.Array, layers: int
) -> dict[str, jax.Array]:
  fixed = [noise[...] for noise in net.noise[:layers]]
  found = net.synthesis.features(codes[:1], fixed)
  return {f'act/layer{i}': channels_first(x) for i, x in enumerate(found)}


def _pictures(
  net: Generator, config: Config, inputs: Arrays, z_codes: jax.Array
) -> dict[str, jax.Array]:
  """All but those of truncated codes."""
  synthesise, size = compiled(net, 'synthesise'), net.size
  codes = jnp.asarray(inputs['wplus'])
  found = {'image_from_wplus': synthesise(codes)}
  for lod in config['lods']:
    picture = synthesise(codes, **detail(size, lod))
    found[f'image_lod{lod}'] = nearest(picture, (size, size))
  others = net.broadcast(net.map(jnp.asarray(inputs['z2'])))
  for cutoff in config['mix_cutoffs']:
    both = sampling.mixed(z_codes, others, cutoff)
    found[f'image_mix{cutoff}'] = synthesise(both)
  if 'noise_alt/0' in inputs:
    maps = [channels_last(inputs[f'noise_alt/{i}']) for i in range(net.layers)]
    found['image_noise_alt'] = synthesise(codes, noise=maps)
  return jax.tree.map(channels_first, found)


def _generator(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  net = generator(params)
  found = _codes(net, config, jnp.asarray(inputs['z']))
  psi, cutoff = config['truncations'][0]
  cut = found[f'wp_trunc/psi{psi}_cut{cutoff}']
  picture = channels_first(compiled(net, 'synthesise')(cut))
  return {
    **found,
    **_pictures(net, config, inputs, found['wp']),
    **styles(net, jnp.asarray(inputs['wplus'])),
    **_activations(net, cut, net.layers),
    'image_from_z': picture,
  }


def of_generator(name: str) -> Tolerance:
  """Pictures reach magnitudes of 10, codes of 1."""
  if name.startswith(('image', 'act/')):
    return Tolerance(2e-4, 1e-4)
  return Tolerance(2e-5, 1e-5)


def scores(
  net: Discriminator, config: Config, images: np.ndarray
) -> dict[str, jax.Array]:
  """Of the whole batch, of its first ones, and by level of detail: b 1."""
  run, x = compiled(net), channels_last(images)
  found = {'score': run(x)}
  for count in config['sub_batches']:
    found[f'score_first{count}'] = run(x[:count])
  for lod in config['lods']:
    at = detail(net.size, lod)
    factor = net.size // at['resolution']
    small = average_pool(x, factor, stride=factor)
    found[f'score_lod{lod}'] = run(small, fade=at['fade'])
  return {name: value[:, None] for name, value in found.items()}


# By the `model` of a file's config.
CASES = {'stylegan_v1_generator': Case(_generator, of_generator)}
