"""Runs, their names, and folders that say what they were made with."""

import pytest
from tiny_sslg import sslg_config
from tiny_sweeps import sweep_of

from facegen_jax.core.errors import UserError
from launch import combinations, fields, plan


@pytest.fixture(scope='module')
def config():
  return sslg_config().lock()


def runs(config, *grid, points=()):
  return combinations.runs(
    fields.grid(config, grid), fields.points(config, points), config
  )


def test_every_combination_under_a_name_of_its_own(config):
  found = runs(config, 'optimizer.learning_rate=1e-3,1e-4', 'seed=0,1,2')
  assert [run.name for run in found] == [
    f'learning_rate={rate},seed={seed}'
    for rate in ('0.001', '0.0001')
    for seed in (0, 1, 2)
  ]
  assert found[4].values == {'optimizer.learning_rate': 1e-4, 'seed': 1}
  assert found == runs(
    config, 'optimizer.learning_rate=1e-3,1e-4', 'seed=0,1,2'
  )


def test_fields_of_one_last_word_are_named_in_full(config):
  (run,) = runs(config, 'seed=1', 'data.seed=2')
  assert run.name == 'seed=1,data.seed=2'


def test_listed_runs_take_the_configs_value_where_they_lack_one(config):
  found = runs(config, 'seed=0,1', points=['batch_size=8', 'model.sigma=0'])
  assert [run.name for run in found] == [
    f'{point},seed={seed}'
    for point in ('batch_size=8,sigma=0.5', 'batch_size=4,sigma=0.0')
    for seed in (0, 1)
  ]


def test_a_name_is_fit_for_a_folder(config):
  (run,) = runs(config, 'data.manual_dir=~/a b/c', 'model.encoder=(4, 8)')
  assert run.name == 'manual_dir=--ab-c,encoder=-4,8-'


@pytest.mark.parametrize(
  ('grid', 'points', 'told'),
  [
    ([], [], 'nothing to sweep'),
    (['seed=0'], ['seed=1'], r'config\.seed is in --grid and in --run'),
    (['data.manual_dir=a/b,a:b'], [], 'two runs are called manual_dir=a-b'),
    ([], ['seed=1', 'seed=1'], 'two runs are called seed=1'),
    ([f'data.labels={"x" * 300}'], [], 'too long for a folder'),
  ],
)
def test_what_is_no_sweep(config, grid, points, told):
  with pytest.raises(UserError, match=told):
    runs(config, *grid, points=points)


def test_the_command_of_a_run(tmp_path):
  sweep = sweep_of(tmp_path, 3)._replace(overrides={'model.encoder': (4, 8)})
  assert sweep.words(sweep.runs[0])[1:] == [
    '-m',
    'facegen_jax.main',
    '--config=configs/sslg.py:smoke',
    f'--workdir={tmp_path / "seed=3"}',
    '--config.model.encoder=(4, 8)',
    '--config.seed=3',
  ]


def test_a_sweep_grows_and_is_read_back(config, tmp_path):
  for seeds in ((0, 1), (1, 2)):
    sweep = sweep_of(tmp_path, *seeds)
    plan.claimed(sweep, config)
    plan.stored(sweep)
  assert plan.read(tmp_path) == sweep_of(tmp_path, 0, 1, 2)


def test_other_settings_under_the_same_root_are_refused(config, tmp_path):
  plan.claimed(sweep_of(tmp_path, 0), config)
  with pytest.raises(UserError, match=r'seed=0 is .*batch_size=4, now it is 5'):
    plan.claimed(sweep_of(tmp_path, 0), sslg_config(batch_size=5))
  with pytest.raises(UserError, match=r"a sweep with fields=\['seed'\]"):
    plan.claimed(sweep_of(tmp_path, 0, batch_size=4), config)


def test_a_folder_without_a_sweep(tmp_path):
  with pytest.raises(UserError, match='holds no sweep'):
    plan.read(tmp_path)
  (tmp_path / 'launch').mkdir()
  (tmp_path / 'launch' / 'sweep.json').write_text('{"runs": [')
  with pytest.raises(UserError, match='damaged'):
    plan.read(tmp_path)
