"""A whole `:smoke` run: every stage, exact resume in a fade, what it does."""

import json
import os
import signal

import jax
import numpy as np
import pytest
from tiny_au_transfer import au_config

from facegen_jax import runs, train
from facegen_jax.core import clock
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.data import datasets
from facegen_jax.systems.load import load

KEY = jax.random.key(1)
NAMES = ['features', 'stable8', 'fade16', 'stable16', 'regressor']


@pytest.fixture(scope='module')
def whole(data_dir, tmp_path_factory):
  workdir = tmp_path_factory.mktemp('au_transfer')
  train.train(au_config(data__dir=str(data_dir)), workdir)
  return workdir


def final(workdir, config):
  system = load(config, datasets.load(config.data).train)
  return runs.restored(system, Checkpoints(workdir, create=False), config)


def rows(workdir):
  lines = (workdir / 'metrics.jsonl').read_text().splitlines()
  return [json.loads(line) for line in lines]


def test_every_stage_runs_and_is_logged(whole):
  found = rows(whole)
  assert list(dict.fromkeys(row['stage'] for row in found)) == NAMES
  level = [row for row in found if row['stage'] == 'fade16'][-1]
  assert level.keys() >= {
    'discriminator/real',
    'discriminator/fake',
    'r1/r1',
    'generator/loss',
  }
  sheets = {path.name.split('_')[0] for path in (whole / 'sheets').iterdir()}
  assert sheets == set(NAMES)


def test_a_run_stopped_in_a_fade_goes_on_exactly(whole, data_dir, tmp_path):
  config = au_config(data__dir=str(data_dir))
  ticks, sent = clock.Clock.tick, []

  def tick(self, step):
    if step >= 8 and not sent:
      sent.append(os.kill(os.getpid(), signal.SIGTERM))
    return ticks(self, step)

  with pytest.MonkeyPatch.context() as m:
    m.setattr(clock.Clock, 'tick', tick)
    with pytest.raises(SystemExit):
      train.train(config, tmp_path)
  saved = Checkpoints(tmp_path, create=False).latest
  assert 6 < saved < 10, 'not within the fade'
  train.train(config, tmp_path)
  jax.tree.map(
    np.testing.assert_array_equal, final(tmp_path, config), final(whole, config)
  )


def test_a_run_renders_encodes_and_judges_without_its_clips(whole):
  system, state, _ = runs.open_generator(whole)
  nets, frozen = state.nets, system.frozen()

  @jax.jit
  def seen(nets, seeds):
    made = system.generate(nets, frozen, {'seeds': seeds}, KEY)
    codes = system.first_code(nets, frozen, made)
    random = system.random_codes(nets, frozen, KEY, 2)
    return {
      'made': made,
      'again': system.render(nets, frozen, codes),
      'feature': system.encode_feature(nets, frozen, made),
      'units': system.judged(nets, frozen, made),
      'who': system.identity(nets, frozen, made),
      **system.judge_features(nets, frozen, made),
      'mean': system.mean_code(nets, frozen),
      'random': random,
    }

  found = jax.device_get(seen(nets, np.arange(3)))
  shapes = {name: x.shape for name, x in found.items()}
  assert shapes == {
    'made': (3, 16, 16, 3),
    'again': (3, 16, 16, 3),
    'feature': (3, 4 + 12),
    'units': (3, 12),
    'who': (3, 4),
    'pooled': (3, 4),
    'fc7': (3, 8),
    'mean': (6, 4),
    'random': (2, 6, 4),
  }
  np.testing.assert_allclose(np.square(found['who']).sum(1), 1, rtol=1e-5)
  assert (found['random'] == found['random'][:, :1]).all()
  assert np.abs(found['made']).max() <= 1
  assert np.abs(found['made'][0] - found['made'][1]).max() > 1e-3
  other = jax.device_get(seen(nets, np.array([2, 5, 0])))['made']
  np.testing.assert_array_equal(other[[2, 0]], found['made'][[0, 2]])
