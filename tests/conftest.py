"""Fixtures for all tests: shared facts when present, and quick compiles."""

import os
import pathlib

from absl import flags
import jax
import pytest
from smoke import CACHE, command, main_words, smoke_config

_ROOT = pathlib.Path(__file__).resolve().parent.parent


# Networks are so tiny here that compiling is most of the time there is.
_QUICK = '--xla_backend_optimization_level=0'


def pytest_configure() -> None:
  flags.FLAGS.mark_as_parsed()
  os.environ['XLA_FLAGS'] = f'{_QUICK} {os.environ.get("XLA_FLAGS", "")}'
  jax.config.update('jax_compilation_cache_dir', str(CACHE))
  jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
  """In parallel runs the longest file begins first.

  Others that need its trained run come last, when that is compiled.
  """
  users = {i.path for i in items if 'typed' in getattr(i, 'fixturenames', ())}
  longest = _ROOT / 'tests' / 'test_train.py'
  items.sort(key=lambda i: 0 if i.path == longest else 1 + (i.path in users))


@pytest.fixture(scope='session')
def shared() -> pathlib.Path:
  """Folder of goldens and sample data that is not part of the product."""
  path = pathlib.Path(os.environ.get('FACEGEN_SHARED', _ROOT.parent / 'shared'))
  if not path.is_dir():
    pytest.skip(f'{path} is missing: set FACEGEN_SHARED to the test data')
  return path


@pytest.fixture(scope='session')
def mini() -> pathlib.Path:
  """Fake trees of the licensed datasets, true in layout, and what they hold."""
  default = _ROOT.parent / 'shared' / 'mini_datasets'
  path = pathlib.Path(os.environ.get('FACEGEN_MINI', default))
  if not (path / 'expected.json').is_file():
    pytest.skip(f'no fake trees at {path}: set FACEGEN_MINI')
  return path


@pytest.fixture(scope='session')
def goldens() -> pathlib.Path:
  """Trusted values, a folder a set."""
  default = _ROOT.parent / 'shared' / 'goldens'
  path = pathlib.Path(os.environ.get('FACEGEN_GOLDENS', default))
  if not path.is_dir():
    pytest.skip(f'no trusted values at {path}: set FACEGEN_GOLDENS')
  return path


@pytest.fixture(scope='session')
def data_dir(tmp_path_factory) -> pathlib.Path:
  """Where the embedded faces are rendered, once for all tests."""
  return tmp_path_factory.mktemp('datasets')


@pytest.fixture
def config(data_dir):
  """The `:smoke` experiment of AIP-GAN."""
  return smoke_config(data_dir)


@pytest.fixture(scope='session')
def typed(data_dir, tmp_path_factory) -> tuple:
  """`main` as a user types it to train `:smoke`: the workdir, how it ended."""
  workdir = tmp_path_factory.mktemp('trained')
  return workdir, command('main', *main_words(workdir, data_dir))


@pytest.fixture(scope='session')
def trained(typed) -> pathlib.Path:
  """The workdir of a finished `:smoke` run; not to be written into."""
  workdir, done = typed
  assert done.returncode == 0, done.stderr
  return workdir
