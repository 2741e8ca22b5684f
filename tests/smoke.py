"""The `:smoke` experiment, and commands as a user types them."""

import importlib
import os
import pathlib
import subprocess
import sys

from facegen_jax.run_settings import changed

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(
  os.environ.get('FACEGEN_TEST_CACHE', ROOT / '.pytest_cache' / 'jax')
)


def experiment(name, variant='smoke', **values):
  """`configs/NAME.py:variant`, with `a__b=value` for config.a.b; unlocked."""
  sys.path.insert(0, str(ROOT))
  try:
    config = importlib.import_module(f'configs.{name}').get_config(variant)
  finally:
    sys.path.remove(str(ROOT))
  return changed(config, **values)


def smoke_config(data_dir):
  """`configs/aipgan.py:smoke` with its datasets in `data_dir`."""
  return experiment('aipgan', data__dir=str(data_dir)).lock()


def environment(**more):
  """The tests' environment for a command, with the compiled programs."""
  if flags := more.get('XLA_FLAGS'):
    more['XLA_FLAGS'] = f'{os.environ.get("XLA_FLAGS", "")} {flags}'
  return os.environ | {
    'JAX_COMPILATION_CACHE_DIR': str(CACHE),
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0.3',
    **more,
  }


def command(module, *words, **environ):
  """Runs `python -m facegen_jax.<module> <words>` at the root."""
  return program(f'facegen_jax.{module}', *words, **environ)


def program(module, *words, **environ):
  """Runs `python -m <module> <words>` at the root."""
  return subprocess.run(
    [sys.executable, '-m', module, *map(str, words)],
    cwd=ROOT,
    env=environment(**environ),
    capture_output=True,
    text=True,
    timeout=900,  # of a starved machine
  )


def main_words(workdir, data_dir, *more):
  """Words of `main` for `:smoke`."""
  return (
    '--config=configs/aipgan.py:smoke',
    f'--workdir={workdir}',
    f'--config.data.dir={data_dir}',
    *more,
  )
