"""Fixtures for all tests: shared facts when present, and quick compiles."""

import os
import pathlib

from absl import flags
import jax
import pytest

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_CACHE = os.environ.get('FACEGEN_TEST_CACHE', _ROOT / '.pytest_cache' / 'jax')


def pytest_configure() -> None:
  flags.FLAGS.mark_as_parsed()
  jax.config.update('jax_compilation_cache_dir', str(_CACHE))
  jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.3)


@pytest.fixture(scope='session')
def shared() -> pathlib.Path:
  """Folder of goldens and sample data that is not part of the product."""
  path = pathlib.Path(os.environ.get('FACEGEN_SHARED', _ROOT.parent / 'shared'))
  if not path.is_dir():
    pytest.skip(f'{path} is missing: set FACEGEN_SHARED to the test data')
  return path
