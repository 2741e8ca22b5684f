"""Several processes of one run, as a cluster would start them."""

import contextlib
import signal
import socket
import subprocess
import sys

from smoke import ROOT, environment

PATIENCE = 400  # seconds; compiling is slow where cores are shared


def free_port():
  with contextlib.closing(socket.socket()) as s:
    s.bind(('localhost', 0))
    return s.getsockname()[1]


def start(words, folder, *, processes=2, devices=2, **environ):
  """Processes of `main`, each with a log `folder/I.log`; one is alone."""
  where = f'--coordinator=localhost:{free_port()}'
  count = f'--xla_force_host_platform_device_count={devices}'
  started = []
  for i in range(processes):
    own = (where, f'--processes={processes}', f'--process={i}', '--multihost')
    own = own if processes > 1 else ()
    with (folder / f'{i}.log').open('w') as log:
      started.append(
        subprocess.Popen(
          [sys.executable, '-m', 'facegen_jax.main', *words, *own],
          cwd=ROOT,
          env=environment(XLA_FLAGS=count, **environ),
          stdout=log,
          stderr=subprocess.STDOUT,
        )
      )
  return started


def ended(started, folder):
  """Exit codes, and what each has said; none is left running."""
  try:
    codes = [process.wait(PATIENCE) for process in started]
  finally:
    for process in started:
      if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        process.wait()
  said = [(folder / f'{i}.log').read_text() for i in range(len(started))]
  return codes, said


def alone(words, folder):
  """One process on one device; its exit code is 0."""
  folder.mkdir(exist_ok=True)
  codes, said = ended(start(words, folder, processes=1, devices=1), folder)
  assert codes == [0], said
