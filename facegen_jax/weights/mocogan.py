"""Names of the arrays of sergeytulyakov/mocogan's networks."""

from collections.abc import Callable

from facegen_jax.weights.batch_norm import norm
from facegen_jax.weights.mapping import Table, Target, conv2d, linear, same
from facegen_jax.weights.transposed import transposed2d
from facegen_jax.weights.video_names import conv3d


def generator(ups: int) -> Table:
  """Table to `systems.mocogan.networks.Generator` of so many layers."""
  table = {}
  for theirs, ours in (('ih', 'input'), ('hh', 'hidden')):
    kernel = Target(('recurrent', f'{ours}_kernel'), linear)
    table[f'recurrent.weight_{theirs}'] = kernel
    bias = Target(('recurrent', f'{ours}_bias'), same)
    table[f'recurrent.bias_{theirs}'] = bias
  # A layer is convolution, norm, ReLU; the last one convolution and tanh.
  for i in range(ups):
    table[f'main.{3 * i}.weight'] = Target(('ups', i, 'kernel'), transposed2d)
    if i < ups - 1:
      table |= norm(f'main.{3 * i + 1}', ('norms', i))
  return table


def image_discriminator(convs: int) -> Table:
  """Table to `systems.mocogan.networks.ImageDiscriminator`."""
  return _discriminator(_places(convs), conv2d)


def video_discriminator(convs: int) -> Table:
  """Table to `systems.mocogan.networks.VideoDiscriminator`."""
  places = _places(convs)
  places[-1] -= 1  # no noise before it
  return _discriminator(places, conv3d)


def _places(convs: int) -> list[int]:
  """A layer is noise, convolution, norm, leaky ReLU; the first has no norm."""
  return [4 * i or 1 for i in range(convs)]


def _discriminator(places: list[int], layout: Callable) -> Table:
  table = {}
  for i, place in enumerate(places):
    table[f'main.{place}.weight'] = Target(('convs', i, 'kernel'), layout)
    if 0 < i < len(places) - 1:
      table |= norm(f'main.{place + 1}', ('norms', i - 1))
  return table
