"""Two processes of four devices against one of eight and one of one.

  python -m benchmarks.devices_agree --out=DIR [--system=aipgan,fevgan]

Trains 50 steps of `:smoke`, batch 8, on virtual devices of the CPU in each of
these ways, and once more by two processes with the state cut over the devices.
Prints the largest relative difference between the losses of each way and those
of one device, and whether the processes together read each example of an epoch
once and in the order of one.

Adam and adversaries let rounding grow from step to step, so there is a control:
one device, its program compiled with another optimisation. Exit code 1 if data
are not read once, or if losses differ by more than --tolerance and by more than
three times what the control's do.
"""

from collections.abc import Sequence
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

from absl import app, flags, logging

from benchmarks import run_files

_OUT = flags.DEFINE_string('out', None, 'Folder for runs; begun anew.')
_SYSTEM = flags.DEFINE_list('system', ['aipgan', 'fevgan'], 'Of configs/.')
_TOLERANCE = flags.DEFINE_float('tolerance', 1e-3, 'Relative, of losses.', 0.0)
flags.mark_flag_as_required('out')

STEPS = 50
# Way -> processes, devices of each, further words.
WAYS = {
  'one device': (1, 1, ()),
  'control': (1, 1, ()),
  '1 x 8': (1, 8, ()),
  '2 x 4': (2, 4, ()),
  '2 x 4, state cut': (2, 4, ('--config.shard_state=True',)),
}
# Tiny networks: compiling them well takes longer than it saves.
_LEVEL = '--xla_backend_optimization_level='
_CONTROLS = 3  # times the control's difference
_PATIENCE = 3600


def main(argv: Sequence[str]) -> None:
  """Prints a row a way."""
  del argv
  logging.set_verbosity(logging.ERROR)
  out = pathlib.Path(_OUT.value).resolve()
  faults = covered(out)
  for system in _SYSTEM.value:
    wanted, limit = None, _TOLERANCE.value
    for way, (processes, devices, more) in WAYS.items():
      workdir = out / system / way.replace(' ', '_').replace(',', '')
      words = _words(system, workdir, out, *more)
      level = 1 if way == 'control' else 0
      together(words, workdir, processes, devices, level)
      rows = run_files.rows(workdir)
      wanted = wanted or rows
      name, step, most = largest(rows, wanted)
      if way == 'control':
        limit = max(limit, _CONTROLS * most)
      print(
        f'{system:<8}{way:<18}{len(rows)} steps, losses differ by '
        f'{largest(rows[:1], wanted[:1])[2]:.1e} in the first, by at most '
        f'{most:.1e} ({name}, step {step}); allowed {limit:.1e}',
        flush=True,
      )
      faults += most > limit
  print('FAIL' if faults else 'ok')
  raise SystemExit(1 if faults else 0)


def _words(
  system: str, workdir: pathlib.Path, out: pathlib.Path, *more: str
) -> list[str]:
  return [
    'facegen_jax.main',
    f'--config=configs/{system}.py:smoke',
    f'--workdir={workdir}',
    f'--config.data.dir={out / "datasets"}',
    f'--config.compilation_cache={out / "compiled"}',
    '--config.batch_size=8',
    '--config.log_every=1',
    '--config.save_every=1000',
    '--config.sheet_every=1000',
    *(f'--config.stages.{k}={v}' for k, v in _stages(system).items()),
    *more,
  ]


def _stages(system: str) -> dict[str, int]:
  """50 steps, shared out as in `:smoke`."""
  from importlib import import_module

  config = import_module(f'configs.{system}').get_config('smoke')
  stages = {k: v for k, v in config.stages.items() if v}
  first = {k: STEPS * v // sum(stages.values()) for k, v in stages.items()}
  last = [*first][-1]
  return first | {last: first[last] + STEPS - sum(first.values())}


def together(
  words: list[str],
  folder: pathlib.Path,
  processes: int,
  devices: int,
  level: int = 0,
) -> None:
  """Runs a module by so many processes; its folder is begun anew.

  Args:
    words: the module and its flags.
    folder: of their logs.
    processes: how many.
    devices: of each.
    level: of the compiler's optimisation.
  """
  shutil.rmtree(folder, ignore_errors=True)
  folder.mkdir(parents=True)
  with socket.socket() as s:
    s.bind(('localhost', 0))
    where = f'--coordinator=localhost:{s.getsockname()[1]}'
  environ = os.environ | {
    'XLA_FLAGS': f'--xla_force_host_platform_device_count={devices} '
    f'{_LEVEL}{level}',
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0.3',
  }
  started = []
  for i in range(processes):
    own = (where, f'--processes={processes}', f'--process={i}', '--multihost')
    with (folder / f'{i}.log').open('w') as log:
      started.append(
        subprocess.Popen(
          [sys.executable, '-m', *words, *(own if processes > 1 else ())],
          env=environ,
          stdout=log,
          stderr=subprocess.STDOUT,
        )
      )
  codes = [process.wait(_PATIENCE) for process in started]
  if any(codes):
    said = (folder / f'{codes.index(max(codes))}.log').read_text()
    raise SystemExit(f'{folder}: exit codes {codes}:\n{said[-2000:]}')


def largest(rows: list[dict], wanted: list[dict]) -> tuple[str, int, float]:
  """Name and step of the loss that differs most, and by how much of it."""
  found = [
    (abs(row[k] - v) / max(abs(v), 1e-6), k, row['step'])
    for row, want in zip(rows, wanted, strict=True)
    for k, v in want.items()
    if k.endswith('/loss')
  ]
  most, name, step = max(found)
  return name, step, most


def covered(out: pathlib.Path) -> int:
  """Prints what each way read of three epochs; 1 where that is wrong."""
  seen = {}
  for processes, devices in ((1, 1), (1, 8), (2, 4)):
    folder = out / f'covered_{processes}x{devices}'
    words = ['benchmarks.devices_read', f'--out={folder}']
    together(words, folder, processes, devices)
    seen[processes, devices] = json.loads((folder / 'read.json').read_text())
  one = seen[1, 1]
  length, epochs = len(set(one)), len(one) // len(set(one))
  once = all(
    sorted(one[i * length : (i + 1) * length]) == [*range(length)]
    for i in range(epochs)
  )
  same = all(order == one for order in seen.values())
  print(
    f'data: {length} examples, {epochs} epochs: each '
    f'{"once" if once else "NOT once"} an epoch, '
    f'{"in one order" if same else "NOT in one order"} by 1 x 1, 1 x 8, 2 x 4',
    flush=True,
  )
  return int(not (once and same))


if __name__ == '__main__':
  app.run(main)
