"""Two processes make the run of one: data, losses, stops, saves, results.

SSLG's `:smoke`, which compiles quickest, on two virtual devices each.
"""

import json
import re
import signal
import time

import jax
import numpy as np
import pytest
from run_processes import PATIENCE, alone, ended, free_port, start
from smoke import command, experiment

from facegen_jax import evaluation, runs
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.data import datasets
from facegen_jax.systems.load import load

STEPS = 10


def words(workdir, data_dir, *more):
  return (
    '--config=configs/sslg.py:smoke',
    f'--workdir={workdir}',
    f'--config.data.dir={data_dir}',
    f'--config.stages.steps={STEPS}',
    '--config.log_every=1',
    '--config.save_every=4',
    '--config.evaluate.niqe=',
    *more,
  )


def sslg(data_dir):
  values = {'data__dir': str(data_dir), 'stages__steps': STEPS}
  return experiment('sslg', **values).lock()


def losses(workdir):
  rows = (workdir / 'metrics.jsonl').read_text().splitlines()
  return {r['step']: r['generator/loss'] for r in map(json.loads, rows)}


@pytest.fixture(scope='module')
def one(data_dir, tmp_path_factory):
  """The workdir of a run by one process on one device."""
  workdir = tmp_path_factory.mktemp('one')
  alone(words(workdir, data_dir), workdir / 'logs')
  return workdir


@pytest.fixture(scope='module')
def stopped(one, data_dir, tmp_path_factory):
  """A run by two, of which the second gets SIGTERM: workdir, codes, words."""
  workdir = tmp_path_factory.mktemp('two')
  log = workdir / 'metrics.jsonl'
  started = start(
    words(workdir, data_dir, '--config.shard_state=True'),
    workdir,
  )
  deadline = time.monotonic() + PATIENCE
  while not (log.exists() and log.read_text().count('\n') >= 2):
    assert time.monotonic() < deadline, (workdir / '0.log').read_text()
    assert all(p.poll() is None for p in started)
    time.sleep(0.02)
  started[1].send_signal(signal.SIGTERM)
  codes, said = ended(started, workdir)
  newest = Checkpoints(workdir, create=False).latest
  state = workdir / 'checkpoints' / str(newest) / 'state'
  # So Orbax notes where arrays lay: some of them in parts.
  assert re.search(
    r'partition_spec\\": \[[^]]*data', _text(state / '_sharding')
  )
  return workdir, codes, said


def _text(path):
  return path.read_text() if path.is_file() else ''


def test_all_save_the_same_step_and_leave(stopped):
  workdir, codes, said = stopped
  latest = Checkpoints(workdir, create=False).latest
  assert codes == [143, 143], said
  assert 2 < latest < STEPS
  for text in said:
    assert f'asked to stop: saved step {latest} of {STEPS}' in text


def test_the_first_process_alone_writes(stopped):
  workdir, _, said = stopped
  steps = [*losses(workdir)]
  assert steps == [*range(1, steps[-1] + 1)]
  assert 'recursion 1/' in said[0] and 'recursion 1/' not in said[1]


@pytest.fixture(scope='module')
def continued(stopped, data_dir):
  """The stopped run, taken to its end by one process on one device."""
  workdir, *_ = stopped
  alone(words(workdir, data_dir), workdir / 'logs')
  return workdir


def test_losses_are_those_of_one_process_before_and_after(continued, one):
  wanted, found = losses(one), losses(continued)
  assert [*found] == [*wanted] == [*range(1, STEPS + 1)]
  for step, value in wanted.items():
    assert found[step] == pytest.approx(value, rel=1e-5), step


def test_the_state_is_that_of_one_process(continued, one, data_dir):
  config = sslg(data_dir)
  system = load(config, datasets.load(config.data).train)
  a, b = (
    runs.restored(system, Checkpoints(w, create=False), config)
    for w in (continued, one)
  )
  # Of outputs: Adam makes much of the rounding of a gradient of zero.
  batch = {k: np.zeros((2, 16, 16, 3), np.float32) for k in system.TAKES}
  made = [runs.generator(system, s)(**batch) for s in (a, b)]
  np.testing.assert_allclose(*made, atol=1e-4)
  assert int(a.step) == int(b.step) == STEPS


def test_two_processes_evaluate_as_one(one, data_dir, tmp_path):
  config = sslg(data_dir)
  wanted = evaluation.evaluate(config, one)
  started = start(words(one, data_dir, '--mode=evaluate'), tmp_path)
  codes, said = ended(started, tmp_path)
  assert codes == [0, 0], said
  found = json.loads((one / 'evaluation' / 'results.json').read_text())
  assert_close(found, wanted)
  assert 'results:' in said[0] and 'results:' not in said[1]


def assert_close(found, wanted):
  """Same figures within rounding, same words."""
  a, b = (
    jax.tree_util.tree_leaves_with_path(json.loads(json.dumps(x)))
    for x in (found, wanted)
  )
  assert [path for path, _ in a] == [path for path, _ in b]
  for (path, x), (_, y) in zip(a, b, strict=True):
    if isinstance(x, float):
      assert x == pytest.approx(y, rel=1e-3, abs=1e-4), path
    else:
      assert x == y, path


def test_one_of_two_that_comes_alone_says_so(data_dir, tmp_path):
  done = command(
    'main',
    *words(tmp_path, data_dir, '--multihost', '--join_seconds=3'),
    f'--coordinator=localhost:{free_port()}',
    '--processes=2',
    '--process=1',
  )
  assert done.returncode == 2, done.stderr
  assert 'did not find each other in 3 s' in done.stderr
  assert not (tmp_path / 'checkpoints').exists()
