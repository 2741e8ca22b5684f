"""The command: help, errors, coverage."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from facegen_jax.data import pictures


def _run(*arguments, **environment):
  return subprocess.run(
    [sys.executable, '-m', 'facegen_jax.data.prepare', *arguments],
    capture_output=True,
    text=True,
    env=os.environ | environment,
    check=False,
  )


def test_help_loads_nothing_heavy():
  start = time.monotonic()
  done = _run('--help')
  assert time.monotonic() - start < 2
  assert '--manual_dir' in done.stdout + done.stderr


@pytest.mark.parametrize(
  ('arguments', 'message'),
  [
    (['--dataset=mugg'], '--dataset=mugg: there is no such dataset'),
    (['--dataset=folder'], '--manual_dir is missing'),
    (['--dataset=folder', '--manual_dir=none'], 'none: no such folder'),
  ],
)
def test_mistakes_are_one_line(arguments, message):
  done = _run(*arguments)
  assert done.returncode == 2
  assert done.stderr.startswith('error: ') and done.stderr.count('\n') == 1
  assert message in done.stderr


def test_prepares_and_reports(tmp_path, shared):
  face = pictures.read(shared / 'data' / 'faces' / 'sadtalker_happy1.jpg')
  root = tmp_path / 'root'
  root.mkdir()
  pictures.write(root / 'a.png', face)
  pictures.write(root / 'b.png', np.full((64, 64, 3), 90, np.uint8))
  model = shared / 'data' / 'models' / 'face_landmarker.task'
  arguments = [
    '--dataset=folder',
    f'--manual_dir={root}',
    f'--data_dir={tmp_path / "data"}',
    f'--face_landmarker={model}',
  ]
  judged = _run(*arguments, '--report')
  assert judged.returncode == 0, judged.stderr
  assert 'skipped b.png: no face in any of 1 frames' in judged.stdout
  assert not (tmp_path / 'data').exists()
  first, second = _run(*arguments), _run(*arguments)
  assert first.returncode == second.returncode == 0, first.stderr
  assert '1 of 2 files used, 1 skipped; 1 clips' in first.stdout
  assert first.stdout.splitlines()[0] == judged.stdout.splitlines()[0]
  assert '2/2 files prepared' in first.stderr
  assert first.stdout == second.stdout and second.stderr == ''
