"""Runs that are killed at random moments, against runs that are not.

  python -m benchmarks.soak --out=DIR --moments=30 [--system=sslg,vgan]

Trains and evaluates the `:smoke` of every system once unbroken. Then once more,
ended by SIGKILL or SIGTERM at random moments (of one seed): while it starts and
restores, between steps, while a checkpoint is written, and in the evaluation;
each time it is started again. At the end all arrays of the last checkpoint, all
lines of metrics, sheets and results must be those of the unbroken run, bit for
bit, and no finished checkpoint may be lost at any moment. The unbroken runs are
kept in DIR/unbroken: delete them when the code has changed.

Prints a row a moment and a row a system; exit code 1 if anything differs.
"""

from collections.abc import Iterator, Sequence
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
from typing import NamedTuple

from absl import app, flags, logging

from benchmarks import run_files, soak_moments
from benchmarks.soak_moments import Moment, Took

_OUT = flags.DEFINE_string('out', None, 'Folder for runs; used again.')
_MOMENTS = flags.DEFINE_integer('moments', 30, 'In all.', 1)
_SYSTEM = flags.DEFINE_list('system', [], 'Of configs/, empty = all.')
_SEED = flags.DEFINE_integer('seed', 0, 'Of moments.')
flags.mark_flag_as_required('out')

_STOPPED = (128 + signal.SIGTERM, -signal.SIGTERM, -signal.SIGKILL)


class Run(NamedTuple):
  """A system's `:smoke` in a folder."""

  system: str
  workdir: pathlib.Path
  out: pathlib.Path

  def begin(self, mode: str = 'train') -> subprocess.Popen:
    """Starts `main`; compiled programs are shared by all runs."""
    self.workdir.mkdir(parents=True, exist_ok=True)
    words = [
      f'--config=configs/{self.system}.py:smoke',
      f'--workdir={self.workdir}',
      f'--config.data.dir={self.out / "datasets"}',
      f'--config.compilation_cache={self.out / "compiled"}',
      '--config.log_every=3',  # so that a stop comes within a window
      '--config.save_every=2',
      f'--mode={mode}',
    ]
    environ = os.environ | {
      'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0',
      # Tiny networks: compiling them well takes longer than it saves.
      'XLA_FLAGS': '--xla_backend_optimization_level=0',
    }
    return soak_moments.start(words, self.workdir / 'log.txt', **environ)

  def whole(self, mode: str) -> float:
    """Runs to the end: its seconds."""
    begin = time.monotonic()
    _check(self, soak_moments.wait(self.begin(mode)))
    return time.monotonic() - begin


def main(argv: Sequence[str]) -> None:
  """Prints rows and the verdict."""
  del argv
  logging.set_verbosity(logging.ERROR)
  out = pathlib.Path(_OUT.value).resolve()
  systems = _SYSTEM.value or run_files.available()
  rng, failed, count = random.Random(_SEED.value), [], 0
  for system, moments in shared_out(systems, _MOMENTS.value, rng):
    faults, came = soaked(system, moments, out)
    told = '; '.join(faults) or 'as unbroken, bit for bit'
    print(f'{system:<13}{came} of {len(moments)} came: {told}', flush=True)
    failed += [system] * bool(faults)
    count += came
  verdict = f'FAIL: {", ".join(failed)}' if failed else 'ok'
  print(f'{count} moments, {len(systems)} systems: {verdict}')
  raise SystemExit(1 if failed else 0)


def soaked(
  system: str, moments: Sequence[Moment], out: pathlib.Path
) -> tuple[list[str], int]:
  """What is wrong with a run after all its moments; how many came in time."""
  whole = Run(system, out / 'unbroken' / system, out)
  broken = Run(system, out / 'broken' / system, out)
  took = unbroken(whole)
  shutil.rmtree(broken.workdir, ignore_errors=True)
  hits = [hit(broken, moment, took) for moment in moments]
  broken.whole('train')
  broken.whole('evaluate')
  faults = [fault for its, _ in hits for fault in its]
  faults += run_files.differences(broken.workdir, whole.workdir)
  return faults, sum(came for _, came in hits)


def shared_out(
  systems: Sequence[str], count: int, rng: random.Random
) -> Iterator[tuple[str, list[Moment]]]:
  """Each system's moments: training's first, in random order."""
  for i, system in enumerate(systems):
    mine = count // len(systems) + (i < count % len(systems))
    kinds = [soak_moments.KINDS[(i + k) % 4] for k in range(mine)]
    rng.shuffle(kinds)
    kinds.sort(key=lambda kind: kind == 'evaluate')
    yield system, [soak_moments.moment(rng, kind) for kind in kinds]


def unbroken(run: Run) -> Took:
  """Runs what has not been run: how long that took, with nothing to compile."""
  told = run.workdir / 'took.json'
  if told.exists():
    return Took(**json.loads(told.read_text()))
  for _ in range(2):  # the second time everything is compiled
    shutil.rmtree(run.workdir, ignore_errors=True)
    took = _timed(run)
  told.write_text(json.dumps(took._asdict()))
  return took


def _timed(run: Run) -> Took:
  begin, process = time.monotonic(), run.begin()
  while process.poll() is None and not _lines(run):
    time.sleep(0.01)
  first = time.monotonic() - begin
  _check(run, soak_moments.wait(process))
  train = time.monotonic() - begin
  return Took(first, train, run.whole('evaluate'))


def _check(run: Run, code: int) -> None:
  if code:
    said = (run.workdir / 'log.txt').read_text().splitlines()
    raise SystemExit(f'{run.system} ended with {code}: {said[-1:]}')


def _lines(run: Run) -> int:
  path = run.workdir / 'metrics.jsonl'
  return path.read_bytes().count(b'\n') if path.exists() else 0


def hit(run: Run, moment: Moment, took: Took) -> tuple[list[str], bool]:
  """Ends a run at a moment, prints its row: faults; if it came in time."""
  mode = 'evaluate' if moment.kind == 'evaluate' else 'train'
  if mode == 'evaluate' and run_files.newest(run.workdir) < 0:
    run.whole('train')
  process = run.begin(mode)
  came = soak_moments.end_at(process, moment, run.workdir, took)
  finished = run_files.finished(run.workdir)
  code = soak_moments.wait(process)
  newest, faults = run_files.newest(run.workdir), []
  if newest < finished:
    faults.append(f'checkpoint {finished} was lost at {moment.kind}')
  if code not in (*_STOPPED, 0) or (code == 0 and came and _hard(moment)):
    faults.append(f'exit code {code} at {moment.kind}')
  name = signal.Signals(moment.number).name if came else 'too late'
  print(
    f'{run.system:<13}{moment.kind:<9}{moment.share:.3f} {name:<9}exit '
    f'{code:<5}last whole {newest:<4}{"; ".join(faults) or "ok"}',
    flush=True,
  )
  return faults, came


def _hard(moment: Moment) -> bool:
  return moment.number == signal.SIGKILL


if __name__ == '__main__':
  app.run(main)
