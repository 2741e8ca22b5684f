"""Never N silent trainings where one was meant."""

import pytest

from facegen_jax.core import cluster
from facegen_jax.core.errors import UserError

SIGNS = {
  'SLURM_NTASKS': '4',
  'SLURM_STEP_NUM_TASKS': '4',
  'OMPI_COMM_WORLD_SIZE': '4',
  'PMI_SIZE': '4',
  'JAX_NUM_PROCESSES': '4',
  'TPU_WORKER_HOSTNAMES': 'a,b,c,d',
}


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
  for name in SIGNS:
    monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize('name', SIGNS)
def test_many_processes_are_refused_unless_it_is_said_which(name, monkeypatch):
  monkeypatch.setenv(name, SIGNS[name])
  assert cluster.started_together({name: SIGNS[name]}) == (name, 4)
  with pytest.raises(UserError, match=rf'{name} tells of 4 .*--multihost'):
    cluster.join(None)
  cluster.join(False)


@pytest.mark.parametrize('count', ['1', '', 'many'])
def test_one_process_is_itself(count, monkeypatch):
  monkeypatch.setenv('SLURM_NTASKS', count)
  monkeypatch.setenv('TPU_WORKER_HOSTNAMES', 'localhost')
  cluster.join(None)


def test_nobody_tells_of_a_cluster():
  with pytest.raises(UserError, match=r'--multihost.*--coordinator=HOST:PORT'):
    cluster.join(True, seconds=1)


def test_half_of_the_flags():
  with pytest.raises(UserError, match=r'--processes and --process is missing'):
    cluster.join(True, 'localhost:1234')
  with pytest.raises(UserError, match='--process needs --multihost'):
    cluster.join(None, process=0)


def test_a_number_that_there_is_not():
  with pytest.raises(UserError, match=r'--process=5 of --processes=2'):
    cluster.join(True, 'localhost:1234', 2, 5)
