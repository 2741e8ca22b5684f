"""Published checkpoints as runs that animate, and runs as checkpoints."""

from collections.abc import Mapping
import pathlib
from typing import Any

import jax

from facegen_jax.core import mesh
from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import State, Variables
from facegen_jax.systems.facial_prior import networks
from facegen_jax.systems.facial_prior.checks import check
from facegen_jax.weights import checkpoint_config
from facegen_jax.weights.checkpoint_export import write_checkpoint
from facegen_jax.weights.checkpoints import read_checkpoint

_SYSTEM = 'facial_prior'
_AVD_DEPTH = 3


def _shapes(config: Any) -> dict[str, Variables]:
  """Of every network of a config, as far as a checkpoint can hold them."""
  inits, _ = pure_each(networks.networks(config))
  return jax.eval_shape(lambda: first_values(inits, jax.random.key(0)))


def _named(tree: Any) -> dict[str, tuple[int, ...]]:
  leaves = jax.tree_util.tree_leaves_with_path(tree)
  return {jax.tree_util.keystr(path): x.shape for path, x in leaves}


def _fitting(
  found: Mapping[str, Variables], config: Any, path: pathlib.Path
) -> dict[str, Variables]:
  """The checkpoint's networks, array by array those of the config.

  Without an AVD network where there is a prior, which never uses it.
  """
  ours = _shapes(config)
  found = {k: v for k, v in found.items() if k in ours or k != 'avd'}
  for name in sorted(ours.keys() | found.keys()):
    one, two = _named(ours.get(name)), _named(found.get(name))
    if odd := [k for k in one | two if one.get(k) != two.get(k)]:
      raise UserError(
        f'{path} holds networks that configs/{_SYSTEM}.py cannot describe: '
        f'{name} differs in {len(odd)} arrays, as {odd[0]}'
      )
  return found


def to_run(
  checkpoint: pathlib.Path,
  family: str,
  workdir: pathlib.Path,
  config: Any,
  **options: Any,
) -> None:
  """Makes a run of a published checkpoint, which `animate --workdir` opens.

  It holds no state of optimisers, so that training cannot go on from it.

  Args:
    checkpoint: the file.
    family: see `checkpoints.read_checkpoint`.
    workdir: a folder without checkpoints.
    config: of `systems.facial_prior`; changed to the checkpoint's.
    **options: of `checkpoint_config.fill`.

  Raises:
    UserError: what is amiss with the file, or a run is there already.
  """
  found = read_checkpoint(checkpoint, family)
  checkpoint_config.fill(config, family, found.sizes, **options)
  check(config)
  variables = _fitting(found.variables, config, checkpoint)
  if (workdir / 'checkpoints').exists():
    raise UserError(f'{workdir} holds a run: name another --workdir')
  saves = Checkpoints(workdir)
  nets = jax.device_put(variables)
  saves.save(0, state_lib.create(nets, None, {}), {}, config)
  saves.close()


def to_checkpoint(
  workdir: pathlib.Path, family: str, checkpoint: pathlib.Path
) -> None:
  """Writes the newest weights of a run for the published PyTorch code.

  Averaged ones where there are any.

  Raises:
    UserError: a run of another system or family, or an AVD network of another
      depth than the published one.
  """
  saves = Checkpoints(workdir, create=False)
  config = saves.config()
  _check_run(config, family, workdir)
  state = saves.restore_part(mesh.placed(_state(config), mesh.one_device()))
  nets = {name: net.averaged for name, net in state.nets.items()}
  sizes = checkpoint_config.sizes_of(config)
  write_checkpoint(checkpoint, family, sizes, nets)


def _state(config: Any) -> State:
  """Shapes of what is exported."""
  averages = dict.fromkeys(networks.generating(config), config.optimizer.ema)
  shapes = _shapes(config)
  return jax.eval_shape(lambda: state_lib.create(shapes, None, averages))


def _check_run(config: Any, family: str, workdir: pathlib.Path) -> None:
  if config.system != _SYSTEM:
    raise UserError(f'{workdir} is a run of {config.system}, not of {_SYSTEM}')
  if (own := checkpoint_config.family(config)) != family:
    raise UserError(f'{workdir} is of another format: give --format={own}')
  hidden = tuple(config.model.avd_hidden)
  if networks.with_avd(config) and len(hidden) != _AVD_DEPTH:
    raise UserError(
      f'{workdir}: the published AVD has {_AVD_DEPTH} hidden layers, this run '
      f'has config.model.avd_hidden={hidden}'
    )
