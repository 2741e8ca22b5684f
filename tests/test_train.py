"""The trainer: exact resume, signals, NaN, devices, one compile a stage."""

import json
import os
import signal
import subprocess
import sys

import jax
import numpy as np
import pytest
from smoke import ROOT, command, environment, main_words, smoke_config

from facegen_jax import runs, train
from facegen_jax.core import clock
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.phases import Phase, Stage
from facegen_jax.data import datasets
from facegen_jax.systems.load import load

# Kills a stage in the test of `kill -9`; 3 in a thorough run.
KILLS = int(os.environ.get('FACEGEN_KILLS', '1'))


def final_state(workdir, config):
  system = load(config, datasets.load(config.data).train)
  return runs.restored(system, Checkpoints(workdir, create=False), config)


def log(workdir):
  rows = (workdir / 'metrics.jsonl').read_text().splitlines()
  rows = [json.loads(row) for row in rows]
  return [{k: v for k, v in r.items() if k not in clock.TIMES} for r in rows]


def assert_same(a, b):
  jax.tree.map(np.testing.assert_array_equal, a, b)


def test_a_run_leaves_log_sheets_and_checkpoints(trained, config):
  rows = log(trained)
  total = sum(config.stages.values())
  assert [r['step'] for r in rows] == list(range(2, total + 1, 2))
  assert {r['stage'] for r in rows} == {
    'features',
    'encoders',
    'decoder',
    'full',
  }
  terms = {k.split('/')[1] for k in rows[-1] if '/' in k}
  assert terms >= set(config.loss.weights)
  assert list((trained / 'tensorboard').iterdir())
  names = {p.name for p in (trained / 'sheets').iterdir()}
  assert {'features_00000004.png', 'full_00000020.png'} <= names
  assert (trained / 'checkpoints' / str(total)).is_dir()


def test_a_finished_run_is_left_as_it_is(trained, config):
  before = log(trained)
  train.train(config, trained)
  assert log(trained) == before


def stopped(config, workdir, stop):
  """A run that gets SIGTERM at step `stop`: its exit code, what it saved."""
  ticks, sent = clock.Clock.tick, []

  def tick(self, step):
    if step >= stop and not sent:  # a second signal would end at once
      sent.append(os.kill(os.getpid(), signal.SIGTERM))
    return ticks(self, step)

  with pytest.MonkeyPatch.context() as m:
    m.setattr(clock.Clock, 'tick', tick)
    with pytest.raises(SystemExit) as left:
      train.train(config, workdir)
  return left.value.code, Checkpoints(workdir, create=False).latest


@pytest.fixture(scope='module')
def resumed(data_dir, tmp_path_factory):
  """A run stopped twice: its workdir, ends, compiled steps, metrics by step.

  The metrics are of single steps, where the log has means of two.
  """
  workdir, compiled, metrics = tmp_path_factory.mktemp('resumed'), [], {}
  config, make = smoke_config(data_dir), train.Run._compiled
  fetch = train.Run._fetch

  def counted(self, stage):
    compiled.append((stage.name, make(self, stage)))
    return compiled[-1][1]

  def kept(self):
    rows = fetch(self)
    metrics.update(enumerate(rows, self.done - len(rows) + 1))
    return rows

  with pytest.MonkeyPatch.context() as m:
    m.setattr(train.Run, '_compiled', counted)
    m.setattr(train.Run, '_fetch', kept)
    ends = {stop: stopped(config, workdir, stop) for stop in (7, 17)}
    train.train(config, workdir)
  return workdir, ends, compiled, metrics


def test_sigterm_saves_and_the_rest_is_exact(resumed, trained, config):
  """Once between two stages and once within the last."""
  workdir, ends, *_ = resumed
  cut = set()
  for stop, (code, saved) in ends.items():
    assert code == 143
    assert stop <= saved <= stop + 3
    cut |= {saved, saved + 1}  # a window of two steps has become two rows
  assert_same(final_state(workdir, config), final_state(trained, config))
  rows, unbroken = (
    [r for r in rows if r['step'] not in cut]
    for rows in (log(workdir), log(trained))
  )
  assert rows == unbroken


def killed(words, line):
  """Starts a run and kills it with -9 once its output shows `line`."""
  process = subprocess.Popen(
    [sys.executable, '-m', 'facegen_jax.main', *words],
    cwd=ROOT,
    env=environment(),
    stderr=subprocess.PIPE,
    text=True,
  )
  shown = []
  with process.stderr:
    for row in process.stderr:
      shown.append(row)
      if row.startswith(line):
        process.send_signal(signal.SIGKILL)
        break
  assert process.wait() == -signal.SIGKILL, ''.join(shown)


def test_kill_9_in_each_stage_changes_nothing(
  trained, config, data_dir, tmp_path
):
  words = main_words(tmp_path, data_dir, '--config.save_every=1')
  start = 0
  for stage in ('features', 'encoders', 'decoder', 'full'):
    steps = config.stages[stage]
    moments = np.linspace(2, steps, KILLS + 1)[:-1]
    for moment in sorted({start + int(m) // 2 * 2 for m in moments}):
      killed(words, f'{stage} {moment}/')
    start += steps
  done = command('main', *words)
  assert done.returncode == 0, done.stderr
  assert_same(final_state(tmp_path, config), final_state(trained, config))
  assert log(tmp_path) == log(trained)


def test_eight_devices_make_the_losses_of_one(resumed, data_dir, tmp_path):
  """Same losses within 1e-4 over the 20 steps of `:smoke`."""
  done = command(
    'main',
    *main_words(
      tmp_path, data_dir, '--config.log_every=1', '--config.save_every=20'
    ),
    XLA_FLAGS='--xla_force_host_platform_device_count=8',
  )
  assert done.returncode == 0, done.stderr
  *_, metrics = resumed
  rows = log(tmp_path)
  assert [r['step'] for r in rows] == sorted(metrics) == list(range(1, 21))
  for eight in rows:
    one = metrics[eight['step']]
    assert eight.keys() == {'step', 'stage', *one}
    for name, value in one.items():
      assert eight[name] == pytest.approx(value, rel=1e-4, abs=1e-4), name


class Poisoned:
  """A system whose loss becomes NaN at one step."""

  def __init__(self, system, at):
    self._system, self._at = system, at

  def __getattr__(self, name):
    return getattr(self._system, name)

  def stages(self):
    first = self._system.stages()[0]
    phase = first.phases[0]

    def loss(params, turn):
      value, out = phase.loss(params, turn)
      count = turn.nets['identity_features'].opt[0].count
      return value * jax.numpy.where(count == self._at, np.nan, 1.0), out

    return (Stage('features', 6, (Phase('p', phase.nets, loss),)),)


def test_nan_names_the_step_and_keeps_the_last_checkpoint(
  config, tmp_path, monkeypatch
):
  monkeypatch.setattr(
    train, 'load', lambda config, clips: Poisoned(load(config, clips), at=4)
  )
  with pytest.raises(UserError, match=r'p/loss became NaN .* step 5.* step 3'):
    train.train(config, tmp_path)
  assert Checkpoints(tmp_path, create=False).latest == 3


def test_a_stage_compiles_once(resumed):
  """Once in every process, from the first step and from a checkpoint."""
  _, _, compiled, _ = resumed
  assert [(name, step._cache_size()) for name, step in compiled] == [
    ('features', 1),
    ('encoders', 1),
    ('decoder', 1),
    ('decoder', 1),
    ('full', 1),
    ('full', 1),
  ]


def test_batch_that_does_not_divide_is_named(config):
  from facegen_jax.core import mesh

  class Mesh:
    size = 3

  with pytest.raises(UserError, match=r'batch_size=8 .* 3 devices'):
    mesh.check_batch(config.batch_size, Mesh)
  with pytest.raises(UserError, match=r'config\.devices=99'):
    mesh.make(99)


def test_seed_decides_everything(data_dir, trained, tmp_path):
  other = smoke_config(data_dir)
  with other.unlocked():
    other.seed = 1
    other.stages.update(encoders=0, decoder=0, full=0)
  train.train(other, tmp_path)
  assert log(tmp_path)[0] != log(trained)[0]
