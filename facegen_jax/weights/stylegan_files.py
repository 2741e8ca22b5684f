"""Checkpoints of StyleGAN 1, read: the official .pkl and three kinds of .pth.

Whatever the file, its arrays come in genforce's names and PyTorch's layouts.
Nothing of a file is run, nothing is downloaded.
"""

from collections.abc import Mapping
import pathlib
from typing import Any, NamedTuple

from absl import logging

from facegen_jax.core.errors import UserError
from facegen_jax.weights import stylegan_settings
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.stylegan_arrays import (
  discriminator_arrays,
  generator_arrays,
)
from facegen_jax.weights.stylegan_dialects import (
  OFFICIAL,
  dialect_of,
  stranger,
)
from facegen_jax.weights.stylegan_made import completed
from facegen_jax.weights.stylegan_names import Arrays
from facegen_jax.weights.stylegan_pkl import Network, read_pkl
from facegen_jax.weights.torch_reader import read_torch

# How a zip, and how torch.save's row of pickles before 1.6 begins.
_TORCH = (b'PK', b'\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.')
_AVERAGED, _TRAINED, _CRITIC = 'generator_smooth', 'generator', 'discriminator'


class StyleGan(NamedTuple):
  """What a file holds, by genforce's names.

  Attributes:
    title: whose the file is, for people.
    sizes: keywords of `Generator`.
    generator: arrays of the averaged one, float32.
    discriminator: arrays; None without one.
    truncation: psi and cutoff; the published ones where nothing is said.
    made: arrays of the generator that the file leaves out.
  """

  title: str
  sizes: Sizes
  generator: Arrays
  discriminator: Arrays | None
  truncation: tuple[float, int]
  made: tuple[str, ...] = ()


def _from_pkl(path: pathlib.Path) -> StyleGan:
  networks = read_pkl(path)

  def opened(name: str) -> tuple[Network, str]:
    place = f'{path}, {name}'
    stylegan_settings.check_settings(networks[name].settings, place)
    return networks[name], place

  network, place = opened('Gs')
  generator, sizes = generator_arrays(network.arrays, OFFICIAL, place)
  critic, place = opened('D')
  return StyleGan(
    OFFICIAL.title,
    sizes,
    generator,
    discriminator_arrays(critic.arrays, OFFICIAL, sizes, place),
    stylegan_settings.truncation_of(network.settings),
  )


def _networks(tree: Any, path: pathlib.Path) -> tuple[Mapping, str]:
  """State dicts by network, and in which of them the generator is."""
  if not isinstance(tree, Mapping):
    raise UserError(f'{path} holds a {type(tree).__name__}, no state dict')
  if isinstance(tree.get('models'), Mapping):  # what genforce's training saves
    tree = tree['models']
  inner = [v for v in tree.values() if isinstance(v, Mapping)]
  names = [*tree, *(name for one in inner for name in one)]
  if other := stranger(names):
    raise UserError(f'{path} is of {other}')
  for name in (_AVERAGED, _TRAINED):
    if name in tree:
      return tree, name
  if dialect_of(tree) is None:
    first = ', '.join(one_line(name) for name in names[:3])
    raise UserError(
      f'{path} holds no generator of StyleGAN 1 known here (it begins with '
      f'{first or "nothing"})'
    )
  return {_TRAINED: tree}, _TRAINED


def _from_torch(path: pathlib.Path) -> StyleGan:
  tree, name = _networks(read_torch(path), path)
  state, place = tree[name], f'{path}, {name}'
  dialect = dialect_of(state) if isinstance(state, Mapping) else None
  if dialect is None:
    raise UserError(f'{place} is no generator of StyleGAN 1 known here')
  arrays, sizes = generator_arrays(state, dialect, place)
  arrays, made = completed(arrays, sizes)
  if made:
    logging.warning('%s leaves out, and so are made: %s', place, list(made))
  critic = tree.get(_CRITIC)
  if critic is not None and dialect.discriminator is not None:
    place = f'{path}, {_CRITIC}'
    critic = discriminator_arrays(critic, dialect, sizes, place)
  truncation = stylegan_settings.truncation_of({})
  return StyleGan(dialect.title, sizes, arrays, critic, truncation, made)


def read_stylegan(path: str | pathlib.Path) -> StyleGan:
  """The averaged generator of a checkpoint, and its discriminator.

  An official .pkl (G, D, Gs), or a .pth of genforce, InterFaceGAN or
  lernapparat.

  Raises:
    UserError: in one line, what is amiss: the file is damaged or would run
      code, is of another function (StyleGAN2 or 3, rosinality's StyleGAN 1),
      or holds other arrays than its network has.
  """
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such file; give the checkpoint itself')
  with path.open('rb') as file:
    start = file.read(32)
  return (_from_torch if start.startswith(_TORCH) else _from_pkl)(path)
