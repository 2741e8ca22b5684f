"""The training path, read from top to bottom. It knows no paper."""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import signal
import time
from typing import Any

from absl import logging
import jax
import numpy as np

from facegen_jax import runs
from facegen_jax.core import checkpoint, clock, phases
from facegen_jax.core import mesh as mesh_lib
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Stage
from facegen_jax.core.state import State
from facegen_jax.core.writer import Writer, sheet
from facegen_jax.data import datasets, pipeline
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load

STOPPED = 128 + signal.SIGTERM  # exit code of a run that was asked to stop


def train(config: Any, workdir: pathlib.Path) -> State:
  """Trains to the end of the last stage, going on where a run stopped.

  Args:
    config: an experiment, see `configs/`.
    workdir: receives checkpoints, metrics and sheets.
  """
  mesh = mesh_lib.make(config.devices)
  mesh_lib.check_batch(config.batch_size, mesh)
  if (workdir / 'checkpoints').is_dir():  # before data are prepared
    saves = checkpoint.Checkpoints(workdir)
    saves.check_trained()
    saves.close()
  clips = datasets.load(config.data)
  system = load(config, clips.train)
  with jax.set_mesh(mesh):
    return Run(config, workdir, system, mesh).train()


class Run:
  """One run: the state, where it stands in the stages, and its records."""

  def __init__(
    self, config: Any, workdir: pathlib.Path, system: System, mesh: Any
  ):
    self.config, self.system, self.mesh = config, system, mesh
    self.stages = tuple(s for s in system.stages() if s.steps > 0)
    self.total = sum(stage.steps for stage in self.stages)
    for stage in self.stages:
      mesh_lib.check_batch(
        self._batch_size(stage), mesh, f'the batch of stage {stage.name}'
      )
    self.everywhere = mesh_lib.replicated(mesh)
    self.key = jax.device_put(jax.random.key(config.seed), self.everywhere)
    self.frozen = jax.device_put(system.frozen(), self.everywhere)
    self.saves = checkpoint.Checkpoints(workdir, keep=config.keep)
    self.position = None
    self.state = self._begin()
    self.done = int(self.state.step)
    self.writer = Writer(
      workdir, step=self.done, active=jax.process_index() == 0
    )
    self.progress = clock.Progress()
    self.clock = clock.Clock(self.done, self.total)
    self.window = []
    self.show = jax.jit(system.show)

  def _begin(self) -> State:
    make = jax.jit(
      lambda key: runs.first_state(self.system, key),
      out_shardings=self.everywhere,
      # It runs once: compiling it well takes longer than it saves.
      compiler_options={'xla_backend_optimization_level': 0}
      if jax.default_backend() == 'cpu'
      else None,
    )
    if self.saves.latest is None:
      return make(self.key)
    like = mesh_lib.placed(jax.eval_shape(make, self.key), self.everywhere)
    state, self.position = self.saves.restore(like, self.config)
    logging.info('going on from step %d', self.saves.latest)
    return state

  def train(self) -> State:
    """All stages that are still to do."""
    start = 0
    try:
      with _stop_signal() as stopped:
        for index, stage in enumerate(self.stages):
          if self.done < start + stage.steps:
            self._stage(index, stage, start, stopped)
          start += stage.steps
      self._save()
    finally:  # a save under way is finished, whatever ended the run
      self.saves.close()
      self.writer.close()
      self.progress.close()
    return self.state

  def _stage(self, index: int, stage: Stage, start: int, stopped: list) -> None:
    """One stage: compile once, then step, log, save, and only then pull."""
    config, end = self.config, start + stage.steps
    if self.done == start and stage.enter is not None:
      entered = stage.enter(self.state, self.key)
      self.state = jax.device_put(entered, self.everywhere)
    batches = self._batches(index, stage)
    if self.done > start and self.position is not None:
      batches.set_state(self.position)
    step = self._compiled(stage)
    for i in range(self.done, end):
      with self.clock.waiting():
        batch = next(batches)
      with jax.transfer_guard('disallow'):
        batch = mesh_lib.shard(batch, self.mesh)
        self.state, metrics = step(self.state, self.frozen, batch, self.key)
      self.window.append(metrics)
      self.done, self.position = i + 1, batches.get_state()
      leave = bool(stopped)
      if self.done % config.log_every == 0 or self.done == end or leave:
        self._log(stage)
      if self.done % config.save_every == 0 or leave:
        self._save()
      if self.done % config.sheet_every == 0 or self.done == end:
        self._sheet(stage)
      if leave:
        self._leave()

  def _batch_size(self, stage: Stage) -> int:
    return stage.batch_size or self.config.batch_size

  def _batches(self, index: int, stage: Stage) -> Any:
    return pipeline.batches(
      self.system.example,
      self.system.examples(),
      batch_size=self._batch_size(stage),
      seed=self.config.seed + index,
      threads=self.config.data.threads,
    )

  def _compiled(self, stage: Stage) -> Any:
    turn = phases.stage_step(
      stage, self.system.optimizers(), self.system.averages()
    )
    return jax.jit(
      turn, donate_argnums=0, out_shardings=(self.everywhere, self.everywhere)
    )

  def _log(self, stage: Stage) -> None:
    """Fetches the window's metrics at once; the only wait for the device."""
    rows, self.window = self._fetch(), []
    means = {k: float(np.mean([row[k] for row in rows])) for k in rows[0]}
    pace = self.clock.tick(self.done)
    self.writer.scalars(self.done, means | pace, stage=stage.name)
    losses = ' '.join(
      f'{k.removesuffix("/loss")} {v:.3f}'
      for k, v in means.items()
      if k.endswith('/loss')
    )
    self.progress.show(
      f'{stage.name} {self.done}/{self.total} | {losses} | '
      f'{pace["steps_per_second"]:.2f} steps/s, '
      f'{clock.duration(pace["eta_seconds"])} left'
    )

  def _fetch(self) -> list[dict[str, float]]:
    """The metrics of the steps since the last log; stops the run at a NaN."""
    rows = jax.device_get(self.window)
    first = self.done - len(rows) + 1
    for i, row in enumerate(rows):
      bad = sorted(k for k, v in row.items() if not np.isfinite(v))
      if bad:
        raise UserError(
          f'{", ".join(bad)} became NaN or infinite at step {first + i}, '
          f'noticed at {self.done}. The last checkpoint is step '
          f'{self.saves.latest}: lower config.optimizer.learning_rate, or look '
          'for broken pictures in the data'
        )
    return rows

  def _save(self) -> None:
    self._fetch()  # what is saved is finite
    self.saves.save(self.done, self.state, self.position, self.config)

  def _leave(self) -> None:
    logging.warning(
      'asked to stop: saved step %d of %d; the same command goes on from there',
      self.done,
      self.total,
    )
    raise SystemExit(STOPPED)

  def _sheet(self, stage: Stage) -> None:
    """A sheet of the same examples each time."""
    batch = pipeline.one_batch(
      self.system.example,
      self.system.examples(),
      batch_size=min(self.config.sheet_rows, self.system.examples()),
      seed=self.config.seed,
    )
    columns = jax.device_get(
      self.show(self.state.nets, self.frozen, batch, self.key)
    )
    rows = [list(row) for row in zip(*columns, strict=True)]
    self.writer.picture(stage.name, self.done, sheet(rows))


@contextlib.contextmanager
def _stop_signal() -> Iterator[list]:
  """A list that fills when SIGTERM or SIGINT comes; a second ends at once."""
  came = []

  def note(number: int, frame: Any) -> None:
    del frame
    if came:
      os._exit(128 + number)
    came.append(time.monotonic())

  old = {s: signal.signal(s, note) for s in (signal.SIGTERM, signal.SIGINT)}
  try:
    yield came
  finally:
    for number, handler in old.items():
      signal.signal(number, handler)
