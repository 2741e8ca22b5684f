"""The training path, read from top to bottom. It knows no paper."""

import pathlib
from typing import Any

from absl import logging
import jax
import numpy as np

from facegen_jax import runs
from facegen_jax.core import checkpoint, clock, cluster, phases, processes
from facegen_jax.core import mesh as mesh_lib
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Stage
from facegen_jax.core.state import State
from facegen_jax.core.stopping import STOPPED, Stop, on_signals
from facegen_jax.core.writer import Writer, sheet
from facegen_jax.data import datasets, pipeline
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load


def train(config: Any, workdir: pathlib.Path) -> State:
  """Trains to the end of the last stage, going on where a run stopped.

  Of many processes each makes its rows of every batch, and the first writes.

  Args:
    config: an experiment, see `configs/`.
    workdir: receives checkpoints, metrics and sheets.
  """
  cluster.check_joined()
  mesh = mesh_lib.make(config.devices)
  mesh_lib.check_batch(config.batch_size, mesh)
  processes.connect(mesh)
  # Before data are prepared; a process may be late and see a newer folder.
  if processes.of_writer((workdir / 'checkpoints').is_dir()):
    saves = checkpoint.Checkpoints(workdir)
    saves.check_trained()
    saves.close()
  data = processes.writer_first('data', lambda: datasets.load(config.data))
  system = load(config, data.train)
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
    # Where the data stand, and metrics that no line has told yet.
    self.position, self.window = None, []
    self.state = self._begin()
    self.done = int(self.state.step)
    self.writer = Writer(workdir, step=self.done, active=processes.is_writer())
    self.progress = clock.Progress()
    self.clock = clock.Clock(self.done, self.total)
    self.show = jax.jit(system.show, out_shardings=self.everywhere)

  def _begin(self) -> State:
    def first(key: jax.Array) -> State:
      return runs.first_state(self.system, key)

    shapes = jax.eval_shape(first, self.key)
    shard = self.config.shard_state
    self.places = mesh_lib.places(shapes, self.mesh, shard=shard)
    if self.saves.latest is not None:
      return self._restored(shapes)
    make = jax.jit(
      first,
      out_shardings=self.places,
      # It runs once: compiling it well takes longer than it saves.
      compiler_options={'xla_backend_optimization_level': 0}
      if jax.default_backend() == 'cpu'
      else None,
    )
    return make(self.key)

  def _restored(self, shapes: Any) -> State:
    like = mesh_lib.placed(shapes, self.places)
    state, data = self.saves.restore(like, self.config)
    if 'window' not in data:  # an older format
      data = {'position': data, 'window': []}
    self.position, self.window = data['position'], data['window']
    logging.info('going on from step %d', self.saves.latest)
    return state

  def train(self) -> State:
    """All stages that are still to do."""
    start = 0
    try:
      with on_signals() as stop:
        for index, stage in enumerate(self.stages):
          if self.done < start + stage.steps:
            self._stage(index, stage, start, stop)
          start += stage.steps
      self._save()
    finally:  # a save under way is finished, whatever ended the run
      self.saves.close()
      self.writer.close()
      self.progress.close()
    return self.state

  def _stage(self, index: int, stage: Stage, start: int, stop: Stop) -> None:
    """One stage: compile once, then step, log, save, and only then pull.

    What a step leaves is written before its checkpoint: a run that goes on
    from there does not make it again.
    """
    config, end = self.config, start + stage.steps
    if self.done == start and stage.enter is not None:
      enter = jax.jit(stage.enter, out_shardings=self.places)
      self.state = enter(self.state, self.key)
    batches = self._batches(index, stage)
    if self.done > start and self.position is not None:
      batches.set_state(self.position)
    step = self._compiled(stage)
    for i in range(self.done, end):
      with self.clock.waiting():
        batch = next(batches)
      batch = mesh_lib.shard(batch, self.mesh)
      with jax.transfer_guard('disallow'):
        self.state, metrics = step(self.state, self.frozen, batch, self.key)
      self.window.append(metrics)
      self.done, self.position = i + 1, batches.get_state()
      leave = stop.asked(self.done)
      if self.done % config.log_every == 0 or self.done == end:
        self._log(stage)
      if self.done % config.sheet_every == 0 or self.done == end:
        self._sheet(stage)
      if self.done % config.save_every == 0 or leave:
        self._save()
      if leave:
        self._leave()

  def _batch_size(self, stage: Stage) -> int:
    return stage.batch_size or self.config.batch_size

  def _batches(self, index: int, stage: Stage) -> Any:
    size = self._batch_size(stage)
    return pipeline.batches(
      self.system.example,
      self.system.examples(),
      batch_size=size,
      seed=self.config.seed + index,
      threads=self.config.data.threads,
      rows=mesh_lib.rows(size, self.mesh),
    )

  def _compiled(self, stage: Stage) -> Any:
    turn = phases.stage_step(
      stage, self.system.optimizers(), self.system.averages()
    )
    return jax.jit(
      turn, donate_argnums=0, out_shardings=(self.places, self.everywhere)
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
    if not processes.is_writer():
      return
    self.progress.show(
      f'{stage.name} {self.done}/{self.total} | {losses} | '
      f'{pace["steps_per_second"]:.2f} steps/s, '
      f'{clock.duration(pace["eta_seconds"])} left'
    )

  def _fetch(self) -> list[dict[str, float]]:
    """The metrics of the steps since the last log; stops the run at a NaN."""
    rows = [
      {name: float(value) for name, value in row.items()}
      for row in jax.device_get(self.window)
    ]
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
    self.window = self._fetch()  # what is saved is finite
    # A copy: it is written while the window grows.
    data = {'position': self.position, 'window': [*self.window]}
    self.saves.save(self.done, self.state, data, self.config)

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
