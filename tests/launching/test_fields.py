"""Swept fields, their values, and the words that set them."""

import pytest
from tiny_sslg import sslg_config

from facegen_jax.core.errors import UserError
from launch import fields
from launch.fields import Field


@pytest.fixture(scope='module')
def config():
  return sslg_config().lock()


def test_values_have_the_types_of_the_config(config):
  words = [
    'optimizer.learning_rate=1e-3,1',
    'seed=0, 1',
    'model.constant=true,0',
    'data.split=share,without:a',
    'model.encoder=(4, 8),(4,)',
  ]
  assert fields.grid(config, words) == [
    Field('optimizer.learning_rate', (1e-3, 1.0)),
    Field('seed', (0, 1)),
    Field('model.constant', (True, False)),
    Field('data.split', ('share', 'without:a')),
    Field('model.encoder', ((4, 8), (4,))),
  ]


def test_a_word_sets_what_was_swept(config):
  for field in fields.grid(
    config, ['optimizer.learning_rate=1e-3,1', 'model.encoder=(4, 8)', 'seed=3']
  ):
    for value in field.values:
      _, _, text = fields.word(field.name, value).partition('=')
      assert fields.value(config, field.name, text) == value


def test_points(config):
  assert fields.points(config, ['seed=1 batch_size=2', 'config.seed=4']) == [
    {'seed': 1, 'batch_size': 2},
    {'seed': 4},
  ]


@pytest.mark.parametrize(
  ('words', 'told'),
  [
    (['sed=1'], r'unknown config field sed: there is .*seed'),
    (['model.widht=1'], r'unknown config field model\.widht: there is .*sigma'),
    (['seed.x=1'], r'seed\.x'),
    (['model=1'], r'config\.model is a section'),
    (['seed=a'], r'config\.seed=a: not a whole number, as 0 is'),
    (['seed=1e-3'], 'not a whole number'),
    (['model.constant=maybe'], 'not true or false'),
    (['optimizer.learning_rate=fast'], 'not a number'),
    (['model.encoder=4'], 'not a tuple'),
    (['model.encoder=(4'], 'not a tuple'),
    (['seed=1,1'], '1 is there twice'),
    (['optimizer.clip=1,1.0'], r'1\.0 is there twice'),
    (['seed='], 'an empty value'),
    (['seed=1,,2'], 'an empty value'),
    (['seed'], 'written FIELD=VALUE'),
    (['seed=1', 'seed=2'], r'--grid sets config\.seed twice'),
  ],
)
def test_what_cannot_be_swept(config, words, told):
  with pytest.raises(UserError, match=told):
    fields.grid(config, words)


@pytest.mark.parametrize(
  ('words', 'told'),
  [
    (['seed=1 seed=2'], r'sets config\.seed twice'),
    (['seed=1 2'], 'written FIELD=VALUE'),
    ([''], 'sets no field'),
  ],
)
def test_runs_that_cannot_be(config, words, told):
  with pytest.raises(UserError, match=told):
    fields.points(config, words)
