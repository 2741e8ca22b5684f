"""Systems train from the licensed datasets."""

import json

import numpy as np
import pytest
from smoke import command, main_words, smoke_config
import tiny_downloads as tiny

from facegen_jax.data import datasets, pipeline, vocabulary
from facegen_jax.data.builders import prepare
from facegen_jax.systems.load import load


@pytest.fixture
def own(mini, tmp_path):
  """The fake trees show noise, so their landmarks come from a table."""

  def table(name):
    clips = prepare.find(name, mini / name).found.clips
    return tiny.own_landmarks(tmp_path / f'{name}.csv', clips)

  return table


@pytest.mark.mini_trees
@pytest.mark.parametrize('name', vocabulary.LICENSED)
def test_a_fake_tree_gives_batches(name, mini, own, tmp_path):
  config = smoke_config(tmp_path / 'data')
  with config.unlocked():
    config.data.update(
      name=name, manual_dir=str(mini / name), landmarks=str(own(name))
    )
    config.data.held_out = 0.0  # a tree may have two people
  clips = datasets.load(config.data)
  assert clips.described['crop'].startswith('aligned 16 px')
  assert clips.described['dataset'].startswith(name)
  assert len(clips.held_out) == 0
  system = load(config, clips.train)
  batch = next(
    pipeline.batches(
      system.example,
      system.examples(),
      batch_size=config.batch_size,
      seed=0,
      threads=1,
    )
  )
  assert batch['source'].shape == (config.batch_size, 16, 16, 3)
  assert batch['source'].dtype == np.uint8
  assert batch['source_landmarks'].shape == (config.batch_size, 68, 2)
  assert set(batch['source_label']) <= {-1, *range(len(vocabulary.EMOTIONS))}


@pytest.mark.mini_trees
def test_the_main_command_trains_on_a_fake_tree(mini, own, tmp_path):
  words = main_words(
    tmp_path / 'run',
    tmp_path / 'data',
    '--config.data.name=mug',
    f'--config.data.manual_dir={mini / "mug"}',
    f'--config.data.landmarks={own("mug")}',
    '--config.data.held_out=0.0',
    '--config.stages.encoders=0',
    '--config.stages.decoder=0',
    '--config.stages.full=0',
  )
  done = command('main', *words)
  assert done.returncode == 0, done.stderr
  assert 'features 4/4' in done.stderr


@pytest.mark.mini_trees
def test_expressions_of_mug_train_and_evaluate(mini, own, tmp_path):
  """Clips on black, from neutral to the middle, people apart."""
  done = command(
    'main',
    '--config=configs/fevgan.py:smoke',
    f'--workdir={tmp_path / "run"}',
    f'--config.data.dir={tmp_path / "data"}',
    '--config.data.name=mug',
    f'--config.data.manual_dir={mini / "mug"}',
    f'--config.data.landmarks={own("mug")}',
    '--config.data.until=half',
    '--config.stages.features=1',
    '--config.stages.video=1',
  )
  assert done.returncode == 0, done.stderr
  assert 'video 2/2' in done.stderr
  done = command('evaluate', f'--workdir={tmp_path / "run"}')
  assert done.returncode == 0, done.stderr
  assert 'expression recognised' in done.stdout
  found = json.loads((tmp_path / 'run/evaluation/results.json').read_text())
  assert found['data']['crop'].startswith('black 16 px')
  assert found['methods']['generated']['acd_i'] > 0


@pytest.mark.mini_trees
def test_mug_goes_on_by_itself(mini, tmp_path):
  """Whole pictures, without landmarks or labels."""
  done = command(
    'main',
    '--config=configs/sslg.py:smoke',
    f'--workdir={tmp_path / "run"}',
    f'--config.data.dir={tmp_path / "data"}',
    '--config.data.name=mug',
    f'--config.data.manual_dir={mini / "mug"}',
    '--config.stages.steps=2',
  )
  assert done.returncode == 0, done.stderr
  assert 'recursion 2/2' in done.stderr
  done = command(
    'evaluate',
    f'--workdir={tmp_path / "run"}',
    '--config=configs/sslg.py:smoke',
    f'--config.data.dir={tmp_path / "data"}',
    '--config.data.name=mug',
    f'--config.data.manual_dir={mini / "mug"}',
    '--config.evaluate.action_units=none',
  )
  assert done.returncode == 0, done.stderr
  assert 'next three frames' in done.stdout
  found = json.loads((tmp_path / 'run/evaluation/results.json').read_text())
  assert found['data']['crop'].startswith('whole 16 px')
