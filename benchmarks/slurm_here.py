"""A sweep on a real SLURM, two of its runs killed and requeued.

  python -m benchmarks.slurm_here --out=DIR

Starts SLURM on this machine (root; installs slurm-wlm and munge where they are
missing), trains six runs as one array job, kills two in mid-run without warning
(`scancel --signal=KILL` of their step), requeues them, and compares with the
same sweep run unbroken on this machine: the tables, the logged figures and the
final arrays, bit for bit. Ends with 1 where anything differs. Ten minutes on
two cores.
"""

import argparse
from collections.abc import Iterator, Mapping
import os
import pathlib
import re
import subprocess
import sys
import time

from benchmarks import run_files
from benchmarks.slurm_cluster import cluster, install
from launch import plan, results
from launch.standing import DONE, standing

KILLED = 2
WORDS = [
  '--config=configs/sslg.py:smoke',
  '--grid=optimizer.learning_rate=1e-3,1e-4',
  '--grid=seed=0,1,2',
  '--config.stages.steps=60',
  '--config.save_every=10',
  '--evaluate',
]
LIMIT = 1800  # seconds
_ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
  """Runs both sweeps and compares them."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--out', type=pathlib.Path, required=True)
  out = parser.parse_args().out.resolve()
  install()
  whole, broken = out / 'unbroken', out / 'slurm'
  _sweep(whole, out, os.environ, '--jobs=2')
  with cluster(out / 'cluster') as environ:
    said = _sweep(broken, out, environ, '--launcher=slurm', '--cpus=1')
    job = re.search(r'job (\d+),', said).group(1)
    for task in _killed(broken, job, environ):
      _ended(task, environ)
      _call(['scontrol', 'requeue', task], environ)
      print(f'requeued {task}', flush=True)
    _followed(broken)
  wrong = [*_differences(whole, broken)]
  print(*(wrong or ['equal: tables, logged figures, final arrays']), sep='\n')
  return int(bool(wrong))


def _sweep(
  root: pathlib.Path, out: pathlib.Path, environ: Mapping, *more: str
) -> str:
  begin = time.monotonic()
  words = [sys.executable, '-m', 'launch.sweep', *WORDS, f'--root={root}']
  words += [f'--config.data.dir={out / "data"}', *more]
  said = _call(words, environ)
  print(f'{root.name}: command took {time.monotonic() - begin:.0f} s')
  return said


def _call(words: list, environ: Mapping) -> str:
  done = subprocess.run(
    words, cwd=_ROOT, env=environ, capture_output=True, text=True
  )
  if done.returncode:
    sys.exit(f'{words} ended with {done.returncode}:\n{done.stderr}')
  return done.stdout + done.stderr


def _killed(root: pathlib.Path, job: str, environ: Mapping) -> list[str]:
  """Kills runs whose second save is behind them and whose end is not near."""
  sweep, killed = plan.read(root), []
  end = time.monotonic() + LIMIT
  while len(killed) < KILLED and time.monotonic() < end:
    for number, run in enumerate(sweep.runs):
      task = f'{job}_{number}'
      step = standing(sweep, run).step
      if task not in killed and 15 <= step <= 45:
        # Of a whole job, SLURM would send SIGTERM first.
        _call(['scancel', '--signal=KILL', f'{task}.0'], environ)
        print(f'killed {task} ({run.name}) at step {step}', flush=True)
        killed.append(task)
    time.sleep(0.01)
  if len(killed) < KILLED:
    sys.exit('no run could be caught in its middle')
  return killed


def _ended(task: str, environ: Mapping) -> None:
  end = time.monotonic() + LIMIT
  while time.monotonic() < end:
    told = _call(['scontrol', 'show', 'job', task], environ)
    state = re.search(r'JobState=(\w+)', told).group(1)
    if state not in ('RUNNING', 'COMPLETING', 'PENDING'):
      print(f'{task} is {state}', flush=True)
      return
    time.sleep(0.5)
  sys.exit(f'{task} did not end')


def _followed(root: pathlib.Path) -> None:
  sweep, end = plan.read(root), time.monotonic() + LIMIT
  while time.monotonic() < end:
    found = [standing(sweep, run) for run in sweep.runs]
    if all(at.state == DONE for at in found):
      return
    time.sleep(1)
  sys.exit(f'not all runs are done after {LIMIT} s: {found}')


def _differences(whole: pathlib.Path, broken: pathlib.Path) -> Iterator[str]:
  print(results.collect(broken, ['train/*']))
  results.collect(broken)
  results.collect(whole)
  for name in ('results.csv', 'results.md', 'means.csv'):
    if (whole / name).read_bytes() != (broken / name).read_bytes():
      yield f'{name} differs'
  for run in plan.read(whole).runs:
    record = (broken / 'launch' / f'{run.name}.attempts').read_text()
    faults = run_files.differences(broken / run.name, whole / run.name)
    print(
      f'{run.name}: {record.count("start")} starts, '
      f'{len(run_files.arrays(whole / run.name))} final arrays'
    )
    yield from (f'{run.name}: {fault}' for fault in faults)


if __name__ == '__main__':
  sys.exit(main())
