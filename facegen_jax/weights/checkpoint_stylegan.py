"""Published checkpoints of StyleGAN 1 as runs of AU transfer."""

from collections.abc import Mapping
import pathlib
from typing import Any

import jax
import numpy as np

from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.pure import first_values, pure_each
from facegen_jax.core.state import Variables
from facegen_jax.systems.au_transfer import networks
from facegen_jax.systems.au_transfer.networks import DISCRIMINATOR, GENERATOR
from facegen_jax.systems.au_transfer.system import System
from facegen_jax.weights import stylegan
from facegen_jax.weights.mapping import Table, translate
from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.stylegan_files import StyleGan, read_stylegan

SYSTEM = 'au_transfer'
_DATA = 'published'  # of which there are no clips here
# Every run has averaged weights of the generator.
KEPT = {GENERATOR: 1.0}


def _rule(widths: Mapping[int, int], place: str) -> dict[str, int]:
  """`base` and `most` of channels min(base / R, most)."""
  most = max(widths.values())
  below = [side * width for side, width in widths.items() if width < most]
  base = max(below, default=most * max(widths))
  if any(min(base // r, most) != width for r, width in widths.items()):
    raise UserError(
      f'{place} has channels {list(widths.values())} from 4 px on: a config '
      'has min(base / R, most) at R px'
    )
  return {'base': base, 'most': most}


def _fill(config: Any, found: StyleGan, place: str) -> None:
  """Makes `config` that of a checkpoint, which has no other networks."""
  sizes: Sizes = found.sizes
  config.unlock()
  config.model.update(
    **{name: sizes[name] for name in ('z', 'w', 'mapping_layers')},
    **_rule(sizes['widths'], place),
    psi=found.truncation[0],
    cutoff=found.truncation[1],
  )
  if sizes['mapping_width'] != sizes['w'] and sizes['mapping_layers'] > 1:
    config.model.mapping_width = sizes['mapping_width']
  config.data.update(name=_DATA, size=sizes['size'])
  config.stages.update(features=0, regressor=0)
  config.stages.start = min(config.stages.start, sizes['size'])
  config.encode.start = 'mean'
  config.lock()


def _choose(config: Any, options: Mapping[str, Any]) -> None:
  """Puts what a user gives, and not None, in its section of `config`."""
  sections = {'crop': config.data, 'vgg16': config.features}
  for name, value in options.items():
    if value is not None:
      sections.get(name, config.model)[name] = value


def shapes(config: Any) -> dict[str, Variables]:
  """Of the networks that a checkpoint can hold."""
  inits, _ = pure_each(networks.adversaries(config))
  return jax.eval_shape(lambda: first_values(inits, jax.random.key(0)))


def tables(config: Any) -> dict[str, Table]:
  """Where genforce's arrays go in each of them."""
  size = config.data.size
  return {
    GENERATOR: stylegan.generator(size, config.model.mapping_layers),
    DISCRIMINATOR: stylegan.discriminator(size),
  }


def _variables(
  arrays: Mapping[str, np.ndarray], table: Table, like: Variables, place: str
) -> Variables:
  tree = translate(
    stylegan.without_detail(arrays),
    table,
    {**like.params, **like.stats},
    place=place,
  )
  return Variables(*({k: tree[k] for k in part} for part in like))


def to_run(
  checkpoint: pathlib.Path,
  workdir: pathlib.Path,
  config: Any,
  *,
  psi: float | None = None,
  cutoff: int | None = None,
  crop: str | None = None,
  vgg16: str | None = None,
) -> StyleGan:
  """Makes a run of a checkpoint, which renders, encodes and edits.

  It has the averaged generator and, where the file has one, the discriminator.
  Pictures are encoded from the mean code by `config.features.vgg16`; there is
  no v and no judge. Training cannot go on from it.

  Args:
    checkpoint: see `stylegan_files.read_stylegan`.
    workdir: a folder without checkpoints.
    config: `configs/au_transfer.py`; changed to the checkpoint's.
    psi: of the truncation of samples, None for the file's.
    cutoff: rows of a code that it is of, None for the file's.
    crop: of the pictures that it was trained on, one of `data.crops.kinds`;
      None for the config's.
    vgg16: file of ImageNet's VGG-16; None for the config's.

  Returns:
    what was found in the file.

  Raises:
    UserError: what is amiss with the file, or a run is there already.
  """
  if config.system != SYSTEM:
    raise UserError(
      f'a checkpoint of StyleGAN makes a run of {SYSTEM}, not of '
      f'{config.system}: give --config=configs/{SYSTEM}.py'
    )
  if (workdir / 'checkpoints').exists():
    raise UserError(f'{workdir} holds a run: name another --workdir')
  found = read_stylegan(checkpoint)
  options = {'psi': psi, 'cutoff': cutoff, 'crop': crop, 'vgg16': vgg16}
  _fill(config, found, str(checkpoint))
  _choose(config, options)
  System(config)  # which checks the config, and reads VGG-16
  arrays = {GENERATOR: found.generator, DISCRIMINATOR: found.discriminator}
  names, like = tables(config), shapes(config)
  nets = {
    name: _variables(state, names[name], like[name], f'{checkpoint}, {name}')
    for name, state in arrays.items()
    if state is not None
  }
  state = state_lib.create(jax.device_put(nets), None, KEPT)
  saves = Checkpoints(workdir)
  saves.save(0, state, {}, config)
  saves.close()
  return found
