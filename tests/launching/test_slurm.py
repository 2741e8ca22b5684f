"""The batch script: what it asks of SLURM, and what its tasks do."""

import os
import subprocess

import pytest
from tiny_sweeps import leave, sweep_of

from facegen_jax.core.errors import UserError
from launch import attempts, batch, slurm
from launch.batch import Resources
from launch.standing import standing

PROGRAMS = {
  # Runs the tasks of an array one after the other, as they would be started.
  'sbatch': """#!/bin/bash
for file; do :; done
echo "${@:1:$#-1}" >>"$FAKE/sbatch"
array=$(sed -n 's/^#SBATCH --array=\\([^%]*\\).*/\\1/p' "$file")
for span in ${array//,/ }; do
  for task in $(seq "${span%-*}" "${span#*-}"); do
    SLURM_ARRAY_TASK_ID=$task SLURM_JOB_ID=7$task SLURM_CPUS_PER_TASK=1 \\
      bash "$file" >>"$FAKE/out" 2>&1
    echo "$task $?" >>"$FAKE/tasks"
  done
done
echo 7
""",
  # Tells how it was called, and ends as the test wants it.
  'srun': """#!/bin/bash
printf '%s\\n' "$*" >>"$FAKE/srun"
for word; do [ "${word#--workdir=}" = "$word" ] || run=${word##*/}; done
exit "$(cat "$FAKE/code_$run" 2>/dev/null || echo 0)"
""",
  'scontrol': """#!/bin/bash
echo "$*" >>"$FAKE/scontrol"
""",
}


@pytest.fixture
def fake(tmp_path, monkeypatch):
  """A folder of SLURM's programs, and of what they were told."""
  folder = tmp_path / 'fake'
  programs = folder / 'bin'
  programs.mkdir(parents=True)
  for name, text in PROGRAMS.items():
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)
  monkeypatch.setenv('PATH', f'{programs}:{os.environ["PATH"]}')
  monkeypatch.setenv('FAKE', str(folder))
  return folder


def told(folder, name):
  path = folder / name
  return path.read_text().splitlines() if path.exists() else []


def options(text):
  return [
    line.removeprefix('#SBATCH ')
    for line in text.splitlines()
    if line.startswith('#SBATCH ')
  ]


def test_a_task_a_run(fake, tmp_path):
  sweep = sweep_of(tmp_path / 'a b', 0, 1, 2, evaluate=True)
  slurm.start(sweep, Resources(), dry_run=False)
  assert told(fake, 'tasks') == ['0 0', '1 0', '2 0']
  text = (sweep.records / 'array.sbatch').read_text()
  assert f'--output="{sweep.records}/array_%A_%a.out"' in options(text)
  starts = told(fake, 'srun')
  assert [line.rpartition('=')[2] for line in starts] == [
    *('train', 'evaluate') * 3
  ]
  assert f'--workdir={tmp_path}/a b/seed=2 --config.seed=2' in starts[4]
  for run in sweep.runs:
    record = attempts.read(sweep.record(run))
    assert record == attempts.Record(1, True, ('evaluate', 0))


def test_only_what_is_left_is_submitted(fake, tmp_path):
  sweep = sweep_of(tmp_path, *range(6))
  for i in (1, 4):
    os.close(leave(sweep, sweep.runs[i], ('train', 0), step=6))
  running = leave(sweep, sweep.runs[2], step=3)
  slurm.start(sweep, Resources(at_once=2), dry_run=False)
  os.close(running)
  text = (tmp_path / 'launch' / 'array.sbatch').read_text()
  assert '--array=0,3,5%2' in options(text)
  assert told(fake, 'tasks') == ['0 0', '3 0', '5 0']


def test_a_failed_run_is_not_evaluated_nor_requeued(fake, tmp_path):
  sweep = sweep_of(tmp_path, 0, 1, evaluate=True)
  (fake / 'code_seed=0').write_text('2')
  slurm.start(sweep, Resources(), dry_run=False)
  assert told(fake, 'tasks') == ['0 2', '1 0']
  assert standing(sweep, sweep.runs[0]).state == 'failed'
  assert not told(fake, 'scontrol')


def test_a_run_that_was_asked_to_stop_is_requeued(fake, tmp_path):
  sweep = sweep_of(tmp_path, 0)
  (fake / 'code_seed=0').write_text('143')
  slurm.start(sweep, Resources(), dry_run=False)
  assert told(fake, 'scontrol') == ['requeue 70']
  assert standing(sweep, sweep.runs[0]).state == 'stopped'


def test_a_task_of_a_run_that_is_under_way_leaves_it_alone(fake, tmp_path):
  sweep = sweep_of(tmp_path, 0)
  slurm.start(sweep, Resources(), dry_run=True)
  running = leave(sweep, sweep.runs[0], step=3)
  subprocess.run(['sbatch', tmp_path / 'launch' / 'array.sbatch'], check=True)
  os.close(running)
  assert told(fake, 'tasks') == ['0 75']
  assert not told(fake, 'srun')


def test_what_it_asks_for(tmp_path):
  sweep = sweep_of(tmp_path, 0)
  resources = Resources(
    nodes=2,
    gpus=4,
    cpus=8,
    time='1-12:00:00',
    partition='big',
    mem='64G',
    more=('--account=faces',),
    setup=('module load cuda',),
  )
  text = batch.script(sweep, resources, [0])
  assert set(options(text)) >= {
    '--nodes=2',
    '--ntasks-per-node=4',  # JAX takes a process a GPU
    '--gpus-per-node=4',
    '--cpus-per-task=8',
    '--time=1-12:00:00',
    '--partition=big',
    '--mem=64G',
    '--account=faces',
    '--requeue',
    '--open-mode=append',
    '--signal=TERM@120',
  }
  assert '\nmodule load cuda\n' in text
  assert ' --multihost ' in text
  alone = batch.script(sweep, Resources(gpus=4), [0])
  assert '--ntasks-per-node=1' in options(alone)
  assert '--multihost' not in alone


def test_it_is_a_script_that_bash_reads(tmp_path):
  sweep = sweep_of(tmp_path / "it's", 0)._replace(
    overrides={'data.dir': "$HOME/o'clock"}
  )
  text = batch.script(sweep, Resources(), [0])
  done = subprocess.run(['bash', '-n'], input=text, text=True)
  assert done.returncode == 0


def test_a_dry_run_only_writes(fake, tmp_path):
  slurm.start(sweep_of(tmp_path, 0), Resources(), dry_run=True)
  assert (tmp_path / 'launch' / 'array.sbatch').is_file()
  assert not told(fake, 'sbatch')


def test_nothing_left(fake, tmp_path):
  sweep = sweep_of(tmp_path, 0)
  os.close(leave(sweep, sweep.runs[0], ('train', 0), step=6))
  slurm.start(sweep, Resources(), dry_run=False)
  assert not told(fake, 'sbatch')


@pytest.mark.parametrize(
  ('resources', 'match'),
  [
    ({'nodes': 0}, '--nodes=0: at least 1'),
    ({'gpus': -1}, '--gpus=-1: at least 0'),
    ({'cpus': 0}, '--cpus=0: at least 1'),
    ({'time': 'long'}, '--time=long: written HOURS'),
    ({'more': ('account',)}, '--sbatch=account: an option'),
  ],
)
def test_resources_that_cannot_be(tmp_path, resources, match):
  with pytest.raises(UserError, match=match):
    slurm.start(sweep_of(tmp_path, 0), Resources(**resources), dry_run=True)


def test_no_sbatch_here(tmp_path, monkeypatch):
  monkeypatch.setenv('PATH', str(tmp_path))
  with pytest.raises(UserError, match=r'no sbatch here.*--dry_run'):
    slurm.start(sweep_of(tmp_path, 0), Resources(), dry_run=False)


def test_sbatch_refuses(fake, tmp_path):
  (fake / 'bin' / 'sbatch').write_text(
    '#!/bin/sh\necho "no such partition" >&2\nexit 1'
  )
  with pytest.raises(UserError, match=r'refuses .*: no such partition'):
    slurm.start(sweep_of(tmp_path, 0), Resources(), dry_run=False)
