"""Folders that say what they were made with."""

import json

import ml_collections
import pytest

from facegen_jax.core.claim import claim, flat, write
from facegen_jax.core.errors import UserError


def again(folder, **settings):
  claim(folder, settings, told='a run with config.', flag='--workdir')


def test_the_same_settings_claim_a_folder_twice(tmp_path):
  folder = tmp_path / 'a' / 'b'
  again(folder, seed=0, sizes=(1, 2))
  again(folder, seed=0, sizes=[1, 2])  # what JSON makes of it
  assert json.loads((folder / 'settings.json').read_text()) == {
    'seed': 0,
    'sizes': [1, 2],
  }
  assert [p.name for p in folder.iterdir()] == ['settings.json']


@pytest.mark.parametrize(
  ('other', 'told'),
  [
    (
      {'seed': 1, 'kind': 'x'},
      r'config\.seed=0, now it is 1: give another --w',
    ),
    ({'seed': 0}, r"config\.kind='x', now it is None"),
    ({'seed': 0, 'kind': 'x', 'more': 2}, r'more=None, now it is 2'),
  ],
)
def test_other_settings_are_refused_by_name(tmp_path, other, told):
  again(tmp_path, seed=0, kind='x')
  with pytest.raises(UserError, match=told):
    again(tmp_path, **other)


def test_a_claim_that_cannot_be_read(tmp_path):
  (tmp_path / 'settings.json').write_text('{"seed": ')
  with pytest.raises(UserError, match=r'settings\.json cannot be read'):
    again(tmp_path, seed=0)


def test_what_a_result_does_not_depend_on_is_left_out():
  config = ml_collections.ConfigDict(
    {
      'seed': 1,
      'devices': 2,
      'log_every': 3,
      'sheet_rows': 4,
      'data': {'dir': 'x', 'size': 5},
    }
  )
  assert flat(config, ('devices',), {'data': ('dir',)}) == {
    'seed': 1,
    'data.size': 5,
  }


def test_text_takes_the_place_of_text(tmp_path):
  write(tmp_path / 'a', 'one')
  write(tmp_path / 'a', 'two')
  assert (tmp_path / 'a').read_text() == 'two'
  assert len(list(tmp_path.iterdir())) == 1
