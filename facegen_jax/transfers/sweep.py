"""Makes the clips of all pairs, going on where it was stopped."""

import pathlib
from typing import Any

from absl import logging
import numpy as np

from facegen_jax import runs
from facegen_jax.core import mesh as mesh_lib
from facegen_jax.core.claim import NAME, claim, flat
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets
from facegen_jax.transfers import chosen
from facegen_jax.transfers.chosen import Wanted
from facegen_jax.transfers.fill import fill
from facegen_jax.transfers.folder import CRF, Folder
from facegen_jax.transfers.painter import Painter, check, weights_hash
from facegen_jax.transfers.pairs import Pairs
from facegen_jax.transfers.schedule import Reader, Schedule


def sweep(
  workdir: pathlib.Path,
  out: pathlib.Path,
  wanted: Wanted,
  *,
  batch: int = 16,
  devices: int = 0,
  data_dir: str | None = None,
) -> dict[str, Any]:
  """Animates pairs of clips by a trained run, into a folder of clips.

  What lies there whole is not made again, whenever the former call ended; all
  files are those of an unbroken run, byte for byte (on a GPU where XLA is told
  to be exact: XLA_FLAGS=--xla_gpu_deterministic_ops=true). A larger
  `wanted.count` adds clips.

  Args:
    workdir: of a run whose system takes source, driving and first.
    out: receives `000000.mp4` ..., labels.csv and generator.json as
      `data.generated` reads them, pairs.csv and sheet.png.
    wanted: which pairs.
    batch: frames at once, of all devices together.
    devices: how many, 0 = all.
    data_dir: where prepared datasets lie, None = as in training.

  Returns:
    What generator.json says.

  Raises:
    UserError: another system, no such pairs, or a folder of other clips.
  """
  system, state, config = runs.open_generator(workdir)
  check(system, config.system, workdir)
  mesh = mesh_lib.make(devices)
  mesh_lib.check_batch(batch, mesh, '--batch')
  config.data.dir = data_dir or config.data.dir
  data = datasets.load(config.data)
  pairs = chosen.pairs(config, data, wanted)
  made_by = {
    'system': config.system,
    'step': int(state.step),
    'weights': weights_hash(state),
  }
  about = made_by | wanted.told()
  _claim(out, about | _data(config))
  count = min(wanted.count or len(pairs.rows), len(pairs.rows))
  folder = Folder(out, pairs, count)
  schedule = Schedule(pairs, batch)
  landmarked = getattr(system, 'landmarked', False)
  reader = Reader(pairs, schedule, size=config.data.size, landmarked=landmarked)
  if folder.missing().any():
    fill(folder, schedule, reader, Painter(system, state, mesh))
  about |= _found(data, config.data.name, pairs, folder.missing(), reader)
  folder.finish(about)
  _tell(about)
  return about


def _claim(out: pathlib.Path, settings: dict[str, Any]) -> None:
  if (out / 'labels.csv').exists() and not (out / NAME).exists():
    raise UserError(
      f'{out} holds clips that were made elsewhere: give another --out'
    )
  claim(out, settings, told='a folder of clips with ', flag='--out')


def _data(config: Any) -> dict[str, Any]:
  """What decides the clips of the run's dataset."""
  found = flat(config, (), {'data': ('dir', 'threads')})
  return {k: v for k, v in found.items() if k.startswith('data.')}


def _found(
  data: datasets.Dataset,
  name: str,
  pairs: Pairs,
  missing: np.ndarray,
  reader: Reader,
) -> dict[str, Any]:
  """What was made, of whom, and what could not be."""
  damage: dict[int, str] = {}
  for pair in np.flatnonzero(missing).tolist():
    damage |= reader.damage(pair)
  made = pairs._replace(rows=pairs.rows[: len(missing)][~missing])
  if not len(made.rows):
    raise UserError(
      f'none of {len(missing)} clips can be made: {next(iter(damage.values()))}'
    )
  people = sorted({c.subject for c in data.train if not c.generated})
  return {
    'trained_on': [f'{name}/{subject}' for subject in people],
    'data': data.described,
    'pairs_possible': len(pairs.rows),
    'pairs_wanted': len(missing),
    'clips': len(made.rows),
    'own_clip': made.own_clip(),
    'own_person': made.own_person(),
    'skipped': {pairs.name(i): damage[i] for i in sorted(damage)},
    'drive_nothing': list(pairs.still),
    'encoding': f'H.264, constant rate factor {CRF}',
  }


def _tell(about: dict[str, Any]) -> None:
  logging.info(
    '%d of %d clips; by the own clip %.3f, by the own person %.3f',
    about['clips'],
    about['pairs_wanted'],
    about['own_clip'],
    about['own_person'],
  )
  for name in about['drive_nothing']:
    logging.warning('%s has one frame and drives nothing', name)
  for name, why in about['skipped'].items():
    logging.warning('%s is skipped: %s', name, why)
