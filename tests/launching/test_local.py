"""Runs on this machine: several at a time, failures told, signals passed on."""

import os
import signal
import subprocess
import sys
import time

import pytest
from smoke import ROOT, environment
from tiny_sweeps import Scripted, leave, sweep_of

from facegen_jax.core.errors import UserError
from launch import attempts, local
from launch.process import Attempt
from launch.standing import standing

# Fails where the run's name says so; else leaves what a finished run leaves.
SOME_FAIL = """
import pathlib, sys
name, workdir = sys.argv[1], pathlib.Path(sys.argv[2])
if name == 'seed=1':
  print('told before')
  raise ValueError('of no use')
(workdir / 'checkpoints' / '6').mkdir(parents=True, exist_ok=True)
print(sys.argv[3], flush=True)
"""


class SomeFail(Scripted):
  SCRIPT = SOME_FAIL


def states(sweep):
  return [standing(sweep, run).state for run in sweep.runs]


def test_a_failed_run_is_told_and_the_others_go_on(tmp_path, capsys, caplog):
  sweep = sweep_of(tmp_path, 0, 1, 2, kind=SomeFail)
  with pytest.raises(SystemExit) as ended:
    local.start(sweep, jobs=2)
  assert ended.value.code == 1
  assert states(sweep) == ['done', 'failed', 'done']
  last = capsys.readouterr().err.splitlines()[-1]
  assert last.startswith('sweep 2/3 done | 0 running | 1 failed')
  assert 'seed=1 failed with 1' in caplog.text
  assert 'told before' in caplog.text and 'ValueError: of no use' in caplog.text
  assert sweep.log(sweep.runs[0]).read_text() == '--mode=train\n'


def test_only_what_is_not_done_starts_again(tmp_path):
  sweep = sweep_of(tmp_path, 0, 2, 3, kind=SomeFail)
  os.close(leave(sweep, sweep.runs[0], ('train', 0), step=6))
  os.close(leave(sweep, sweep.runs[1], ('train', 143), step=6))
  local.start(sweep, jobs=1)
  assert states(sweep) == ['done'] * 3
  starts = [attempts.read(sweep.record(run)).started for run in sweep.runs]
  assert starts == [1, 2, 1]


def test_training_and_then_its_evaluation(tmp_path):
  sweep = sweep_of(tmp_path, 0, 1, kind=SomeFail, evaluate=True)
  with pytest.raises(SystemExit):
    local.start(sweep, jobs=1)
  text = sweep.log(sweep.runs[0]).read_text()
  assert text == '--mode=train\n--mode=evaluate\n'
  assert attempts.read(sweep.record(sweep.runs[0])).last == ('evaluate', 0)
  assert attempts.read(sweep.record(sweep.runs[1])).last == ('train', 1)


def test_a_run_that_is_under_way_elsewhere_is_left_alone(tmp_path):
  sweep = sweep_of(tmp_path, 0, 2, kind=SomeFail)
  file = leave(sweep, sweep.runs[0], step=3)
  with pytest.raises(SystemExit) as ended:
    local.start(sweep, jobs=1)
  assert ended.value.code == 1
  assert states(sweep) == ['running', 'done']
  os.close(file)


def test_gpus_are_shared_out(tmp_path):
  class Seen(Scripted):
    SCRIPT = 'import os; print(os.environ["CUDA_VISIBLE_DEVICES"])'

  sweep = sweep_of(tmp_path, 0, 1, kind=Seen)
  local.start(sweep, jobs=2, gpus_per_run=2)
  seen = {sweep.log(run).read_text() for run in sweep.runs}
  assert seen == {'0,1\n', '2,3\n'}


@pytest.mark.parametrize('how', [{'jobs': 0}, {'jobs': 1, 'gpus_per_run': -1}])
def test_no_job_at_all(tmp_path, how):
  with pytest.raises(UserError, match='at least 1 run'):
    local.start(sweep_of(tmp_path, 0), **how)


# A launcher whose runs wait for SIGTERM, save and end with 143.
PATIENT = """
import pathlib, sys
sys.path[:0] = ['tests']
from tiny_sweeps import Scripted, sweep_of
from launch import local


class Patient(Scripted):
  SCRIPT = '''
import pathlib, signal, sys, time
workdir = pathlib.Path(sys.argv[2])
came = []
signal.signal(signal.SIGTERM, lambda *_: came.append(1))
workdir.mkdir(exist_ok=True)
(workdir / "up").touch()
while not came:
  time.sleep(0.01)
time.sleep(0.3)
(workdir / "saved").write_text(str(len(came)))
sys.exit(143)
'''


local.start(sweep_of(pathlib.Path(sys.argv[1]), 0, 1, 2, kind=Patient), jobs=2)
"""


def test_a_stop_is_passed_on_once_and_waited_for(tmp_path):
  launcher = subprocess.Popen(
    [sys.executable, '-c', PATIENT, tmp_path],
    cwd=ROOT,
    env=environment(PYTHONPATH=str(ROOT)),
    stderr=subprocess.PIPE,
    text=True,
  )
  up = [tmp_path / f'seed={i}' / 'up' for i in range(3)]
  while not (up[0].exists() and up[1].exists()):
    assert launcher.poll() is None, launcher.stderr.read()
    time.sleep(0.02)
  launcher.send_signal(signal.SIGINT)
  _, told = launcher.communicate(timeout=120)
  assert launcher.returncode == 143, told
  saved = [(tmp_path / f'seed={i}' / 'saved') for i in range(2)]
  assert [path.read_text() for path in saved] == ['1', '1']
  assert not up[2].exists()  # none was started after the stop
  assert states(sweep_of(tmp_path, 0, 1, 2)) == [
    *('stopped', 'stopped', 'waiting')
  ]


def test_no_evaluation_begins_after_a_stop(tmp_path):
  class EndsWell(Scripted):
    SCRIPT = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(sys.argv[2]).mkdir(exist_ok=True)
pathlib.Path(sys.argv[2], sys.argv[3]).touch()
time.sleep(100)
"""

  sweep = sweep_of(tmp_path, 0, kind=EndsWell, evaluate=True)
  attempt = Attempt(sweep, sweep.runs[0])
  workdir = sweep.workdir(sweep.runs[0])
  while not (workdir / '--mode=train').exists():
    time.sleep(0.02)
  attempt.pass_on(1)
  while (code := attempt.ended()) is None:
    time.sleep(0.02)
  assert code == 143
  assert not (workdir / '--mode=evaluate').exists()
  assert states(sweep) == ['waiting']
