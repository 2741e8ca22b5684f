"""Clips are scored by the networks of another run, of the same split."""

import jax
import numpy as np
import pytest
from tiny_fevgan import fevgan_config

from facegen_jax import evaluation, runs
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets
from facegen_jax.metrics.extractors.extractor import features
from facegen_jax.systems.load import load


@pytest.fixture(scope='module')
def judge(data_dir, tmp_path_factory):
  """The workdir of a run of FEV-GAN at its first step."""
  workdir = tmp_path_factory.mktemp('judge')
  config = fevgan_config(data__dir=str(data_dir))
  system = load(config, datasets.load(config.data).train)
  make = jax.jit(
    lambda key: runs.first_state(system, key),
    compiler_options={'xla_backend_optimization_level': 0},
  )
  saves = Checkpoints(workdir)
  saves.save(1, make(jax.random.key(0)), {}, config)
  saves.close()
  return workdir


def judged(workdir, data_dir, **values):
  config = fevgan_config(
    data__dir=str(data_dir), evaluate__judge=str(workdir), **values
  )
  return evaluation._judge(config, None, None, datasets.load(config.data))


def test_another_runs_networks_judge(judge, data_dir):
  found = judged(judge, data_dir)
  pictures = np.random.default_rng(0).integers(
    0, 256, (3, 16, 16, 3), dtype=np.uint8
  )
  people = features(found.identity, pictures).rows
  np.testing.assert_allclose(np.linalg.norm(people, axis=1), 1, rtol=1e-4)
  chances = features(found.expression, pictures).rows
  assert chances.shape == (3, 6)
  np.testing.assert_allclose(chances.sum(1), 1, rtol=1e-5)


def test_a_judge_that_knows_the_people_is_refused(judge, data_dir):
  with pytest.raises(UserError, match=r'judge=.* was trained on id\d+, who is'):
    judged(judge, data_dir, data__seed=3)


def test_a_judge_that_is_none(data_dir, tmp_path):
  with pytest.raises(UserError, match='checkpoint'):
    judged(tmp_path / 'nobody', data_dir)
