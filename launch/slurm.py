"""A sweep as one SLURM array job, a task a run.

The file that is submitted is meant to be read: it can be changed and given to
sbatch by hand. A task that SLURM requeues (another job came first, a node was
lost, its time is over) goes on from its last checkpoint.
"""

import os
import pathlib
import shutil
import subprocess

from absl import logging

from facegen_jax.core.claim import write
from facegen_jax.core.errors import UserError
from launch import batch
from launch.batch import Resources
from launch.plan import Run, Sweep
from launch.standing import DONE, RUNNING, standing


def start(sweep: Sweep, resources: Resources, *, dry_run: bool) -> None:
  """Writes `launch/array.sbatch` and submits it, but for a dry run.

  Raises:
    UserError: a resource that cannot be, no sbatch, or sbatch refuses.
  """
  batch.check(resources)
  left = [i for i, run in enumerate(sweep.runs) if _is_left(sweep, run)]
  if not left:
    logging.info('nothing to submit: no run is left to start')
    return
  path = sweep.records / 'array.sbatch'
  write(path, batch.script(sweep, resources, left))
  if dry_run:
    logging.info('written, not submitted: %s', path)
    return
  job = _submitted(path)
  logging.info('job %s, %d runs; %s', job, len(left), path)


def _is_left(sweep: Sweep, run: Run) -> bool:
  return standing(sweep, run).state not in (DONE, RUNNING)


def _submitted(path: pathlib.Path) -> str:
  """Gives a script to sbatch; returns the job's number."""
  if shutil.which('sbatch') is None:
    raise UserError(
      f'no sbatch here: start on a login node of the cluster, or take {path} '
      'there; --dry_run writes it only'
    )
  done = subprocess.run(
    ['sbatch', '--parsable', os.fspath(path)], capture_output=True, text=True
  )
  if done.returncode:
    why = ' '.join(done.stderr.split())
    raise UserError(f'sbatch refuses {path}: {why}')
  return done.stdout.strip()
