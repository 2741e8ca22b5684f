"""Which examples the processes of a run read; see `devices_agree`.

Each reads its rows as training does, gathered on the devices as training does.
"""

from collections.abc import Sequence
import json
import pathlib

from absl import app, flags
import jax
from jax.experimental import multihost_utils
import numpy as np

from facegen_jax.core import cluster, processes
from facegen_jax.core import mesh as mesh_lib
from facegen_jax.data import pipeline

_OUT = flags.DEFINE_string('out', None, 'Folder for read.json.')
_MULTIHOST = flags.DEFINE_bool('multihost', None, 'As of `main`.')
_COORDINATOR = flags.DEFINE_string('coordinator', None, 'As of `main`.')
_PROCESSES = flags.DEFINE_integer('processes', None, 'As of `main`.')
_PROCESS = flags.DEFINE_integer('process', None, 'As of `main`.')

LENGTH, BATCH, EPOCHS = 96, 8, 3


def main(argv: Sequence[str]) -> None:
  """Writes the indices of all batches, in order."""
  del argv
  cluster.join(
    _MULTIHOST.value, _COORDINATOR.value, _PROCESSES.value, _PROCESS.value
  )
  mesh = mesh_lib.make()
  processes.connect(mesh)
  batches = pipeline.batches(
    lambda i, rng: {'i': np.int32(i)},
    LENGTH,
    batch_size=BATCH,
    seed=0,
    rows=mesh_lib.rows(BATCH, mesh),
  )
  read = []
  for _ in range(EPOCHS * LENGTH // BATCH):
    whole = mesh_lib.shard(next(batches), mesh)['i']
    got = multihost_utils.process_allgather(whole, tiled=True)
    read += np.asarray(jax.device_get(got)).tolist()
  if processes.is_writer():
    path = pathlib.Path(_OUT.value) / 'read.json'
    path.write_text(json.dumps(read))


if __name__ == '__main__':
  app.run(main)
