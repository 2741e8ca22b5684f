"""Names of the arrays of wyhsirius/ImaGINator's networks."""

from collections.abc import Sequence

import numpy as np

from facegen_jax.weights.batch_norm import norm
from facegen_jax.weights.mapping import Table, Target, conv2d, layer, same
from facegen_jax.weights.transposed import transposed3d
from facegen_jax.weights.video_names import conv3d


def _factored(name: str, path: tuple) -> Table:
  return {
    **layer(f'{name}.0', (*path, 'temporal'), transposed3d),
    **norm(f'{name}.1', (*path, 'norm')),
    **layer(f'{name}.3', (*path, 'spatial'), transposed3d),
  }


def generator(levels: int) -> Table:
  """Table to `systems.imaginator.networks.Generator` of so many levels.

  Theirs count the encoder's from 1: `enc.b1` and so on, the code's layer last.
  """
  table = {}
  for i in range(levels):
    encoder, decoder = f'enc.b{i + 1}', f'dec.block{i + 1}.conv'
    table |= layer(f'{encoder}.0', ('encoder', 'convs', i), conv2d)
    table |= norm(f'{encoder}.1', ('encoder', 'norms', i))
    table |= _factored(decoder, ('decoder', 'blocks', i))
    table |= norm(f'{decoder}.4', ('decoder', 'norms', i))
  table |= layer(f'enc.b{levels + 1}.0', ('encoder', 'out'), conv2d)
  return table | _factored('dec.to_rgb.conv', ('decoder', 'out'))


def _spectral(name: str, path: tuple, shape: Sequence[int]) -> Table:
  """`shape` is their kernel's: out, in, and the taps, which `v` has flat."""
  last = tuple(range(1, len(shape) - 1))

  def vector(x: np.ndarray) -> np.ndarray:
    return x.reshape(shape[1:]).transpose(*last, 0)

  kernel = conv3d if len(shape) == 5 else conv2d
  return {
    f'{name}.bias': Target((*path, 'bias'), same),
    f'{name}.weight_orig': Target((*path, 'kernel'), kernel),
    f'{name}.weight_u': Target((*path, 'u'), same),
    f'{name}.weight_v': Target((*path, 'v'), vector),
  }


def stored_v(v: np.ndarray) -> np.ndarray:
  """Our `v`, taps and in, as PyTorch stores it: flat, in first."""
  return np.moveaxis(np.asarray(v), -1, 0).ravel()


def places(levels: int, *, video: bool) -> dict[str, tuple]:
  """Layers of a discriminator of so many levels: their names, our paths."""
  convs = [('convs', i) for i in range(levels - video)]
  net, ours = ('net2', convs) if video else ('net', convs)
  found = {f'{net}.{2 * i}': path for i, path in enumerate([*ours, ('out',)])}
  return {'net1.0': ('first',), **found} if video else found


def discriminator(
  state: dict[str, np.ndarray], levels: int, *, video: bool
) -> Table:
  """Table to `VideoDiscriminator`, or to `ImageDiscriminator`.

  `state` is theirs, whose shapes say how `v` is to be unrolled.
  """
  table = {}
  for name, path in places(levels, video=video).items():
    kernel = np.shape(state[f'{name}.weight_orig'])
    table |= _spectral(name, path, kernel)
  return table
