"""Published checkpoints of FOMM, MRAA and the facial prior, read.

Nothing of a file is run, nothing is downloaded. A checkpoint is one dict of
state dicts by network, and of optimisers and an epoch, which are left.
"""

from collections.abc import Mapping, Sequence
import pathlib
from typing import Any, NamedTuple

from absl import logging
from flax import nnx
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.state import Variables
from facegen_jax.weights import checkpoint_kind
from facegen_jax.weights.checkpoint_networks import FAMILIES, Network
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.mapping import translate
from facegen_jax.weights.pickle_scan import one_line
from facegen_jax.weights.stored import Sizes, Stored
from facegen_jax.weights.torch_reader import read_torch


class Checkpoint(NamedTuple):
  """What a checkpoint holds, by our names of networks.

  Attributes:
    sizes: keywords of each network's module, as the arrays tell them; a
      generator's `motion` is those of its motion network.
    variables: parameters and running statistics, numpy float32.
  """

  sizes: dict[str, Sizes]
  variables: dict[str, Variables]


def _problem(name: Any, value: Any) -> str | None:
  """What is amiss with an entry of a state dict."""
  if not isinstance(name, str):
    return f'the key {one_line(name)} is no name'
  if not isinstance(value, np.ndarray):
    return f'{one_line(name)} is a {type(value).__name__}, no tensor'
  if not learned({name: value}):
    return None
  if not jnp.issubdtype(value.dtype, jnp.floating):
    return f'{one_line(name)} holds {value.dtype}, no floating-point numbers'
  with np.errstate(over='ignore'):
    whole = np.isfinite(value.astype(np.float32, copy=False)).all()
  return None if whole else f'{one_line(name)} holds NaN or infinity'


def _state(tree: Mapping, network: Network, path: pathlib.Path) -> Stored:
  """The checked state dict of a network."""
  place = f'{path}, {network.published}'
  found = tree[network.published]
  if not isinstance(found, Mapping):
    raise UserError(f'{place} is a {type(found).__name__}, no state dict')
  for name, value in found.items():
    if problem := _problem(name, value):
      raise UserError(f'{place}: {problem}')
  kinds = {str(value.dtype) for value in learned(found).values()}
  if odd := sorted(kinds - {'float32'}):
    logging.warning('%s: %s, taken as float32', place, ', '.join(odd))
  return Stored(dict(found), place)


def _deep(one: Mapping, two: Mapping) -> dict:
  """Both trees; where both have a branch, both of its halves."""
  both = dict(one)
  for key, value in two.items():
    both[key] = _deep(one[key], value) if key in one else value
  return both


def _part(tree: Mapping, like: Mapping) -> dict:
  """What `like` has of a tree."""
  return {
    key: _part(tree[key], value) if isinstance(value, Mapping) else tree[key]
    for key, value in like.items()
  }


def variables(network: Network, sizes: Sizes, stored: Stored) -> Variables:
  """A network's arrays in our layout, every one checked against its module.

  Raises UserError naming the arrays that are missing, extra or reshaped.
  """
  net = nnx.eval_shape(lambda: network.make(**sizes, rngs=nnx.Rngs(0)))
  params, stats = (
    nnx.to_pure_dict(nnx.state(net, kind))
    for kind in (nnx.Param, nnx.Not(nnx.Param))
  )
  tree = translate(
    learned(stored.state),
    network.table(sizes),
    _deep(params, stats),
    place=stored.place,
  )
  return Variables(_part(tree, params), _part(tree, stats))


def _open(path: pathlib.Path, family: str) -> Mapping:
  """The dict of a checkpoint of that family."""
  if not path.is_file():
    raise UserError(f'{path}: no such file; give the checkpoint itself')
  tree = read_torch(path)
  if checkpoint_kind.family(tree) != family:
    raise UserError(
      f'{path} is no checkpoint of {checkpoint_kind.TITLES[family]}: it looks '
      f'like {checkpoint_kind.description(tree)}'
    )
  return tree


def _check_counts(sizes: Mapping[str, Sizes], path: pathlib.Path) -> None:
  """Every network must speak of as many key points or regions."""
  found = {}
  for name, one in sizes.items():
    one = one.get('motion', one)
    if count := one.get('points', one.get('regions', 0)):
      found[name] = count
  found.setdefault('generator', 0)
  if min(found.values()) < 1 or len(set(found.values())) > 1:
    told = ', '.join(f'{name} {count}' for name, count in found.items())
    raise UserError(f'{path}: its networks disagree about the points: {told}')


def read_checkpoint(
  path: str | pathlib.Path, family: str, *, wanted: Sequence[str] = ()
) -> Checkpoint:
  """The networks of a published checkpoint.

  Its sizes are read off its arrays. What arrays cannot tell is left to the
  caller: padding of the heads (0 in FOMM, 3 in MRAA), temperature (0.1),
  variance (0.01), align_corners. Half and double floats become float32, which
  is logged.

  Args:
    path: a `.pth.tar` or `.pth`, which is no tar: as it was downloaded.
    family: 'fomm', 'mraa', 'fpb_fomm' (EWP or AWP), 'fpb_mraa'.
    wanted: networks that may be missing ('discriminator', 'avd') and must not.

  Raises:
    UserError: in one line, what is amiss: the file is damaged or would run
      code, is of another model, or holds other arrays than its networks have.
  """
  path = pathlib.Path(path)
  tree = _open(path, family)
  sizes, found = {}, {}
  for name, network in FAMILIES[family].items():
    if network.published not in tree:
      if network.optional and name not in wanted:
        continue
      raise UserError(
        f'{path} lacks {network.published}; it has '
        f'{", ".join(one_line(key) for key in tree)}'
      )
    stored = _state(tree, network, path)
    sizes[name] = network.sizes(stored)
    found[name] = variables(network, sizes[name], stored)
  _check_counts(sizes, path)
  return Checkpoint(sizes, found)
