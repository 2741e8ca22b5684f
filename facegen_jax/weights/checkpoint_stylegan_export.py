"""Runs of AU transfer as genforce's checkpoints of StyleGAN 1."""

import pathlib
from typing import Any

import jax
import numpy as np

from facegen_jax.core import mesh
from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.systems.au_transfer.networks import DISCRIMINATOR, GENERATOR
from facegen_jax.weights import stylegan
from facegen_jax.weights.checkpoint_stylegan import (
  KEPT,
  SYSTEM,
  shapes,
  tables,
)
from facegen_jax.weights.export import to_state
from facegen_jax.weights.stylegan_arrays import BLUR
from facegen_jax.weights.stylegan_names import Arrays
from facegen_jax.weights.torch_writer import write_torch

# By our networks: genforce's name, before its layers' names, and which layers
# of two, and which axis of their kernels, its blurs are of.
_PUBLISHED = {
  GENERATOR: ('generator_smooth', 'synthesis.', 0, 0),
  DISCRIMINATOR: ('discriminator', '', 1, 1),
}


def _stored(config: Any, names: set[str]) -> State:
  """Shapes of what is exported."""
  like = {k: v for k, v in shapes(config).items() if k in names}
  return jax.eval_shape(lambda nets: state_lib.create(nets, None, KEPT), like)


def _constants(name: str, arrays: Arrays) -> Arrays:
  """What a state dict holds beside weights: the blurs, the level of detail."""
  _, start, odd, axis = _PUBLISHED[name]
  found = {f'{start}lod': np.zeros((), np.float32)}
  for i in range(odd, len(arrays), 2):
    kernel = arrays.get(f'{start}layer{i}.weight')
    if kernel is not None and kernel.ndim == 4:
      blur = np.broadcast_to(BLUR, (kernel.shape[axis], 1, *BLUR.shape))
      found[f'{start}layer{i}.blur.kernel'] = blur
  return found


def to_checkpoint(workdir: pathlib.Path, checkpoint: pathlib.Path) -> None:
  """Writes a run's averaged generator, and its discriminator, as genforce's.

  The published PyTorch networks load it strictly.

  Raises:
    UserError: a run of another system, or the disk refuses.
  """
  saves = Checkpoints(workdir, create=False)
  config = saves.config()
  if config.system != SYSTEM:
    raise UserError(f'{workdir} is a run of {config.system}, not of {SYSTEM}')
  like = _stored(config, saves.networks())
  state = saves.restore_part(mesh.placed(like, mesh.one_device()))
  tree = {}
  for name, net in state.nets.items():
    table = tables(config)[name]
    arrays = to_state(table, *net.averaged, layouts=stylegan.BACK)
    tree[_PUBLISHED[name][0]] = arrays | _constants(name, arrays)
  write_torch(checkpoint, tree)
