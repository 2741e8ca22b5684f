import pytest

from facegen_jax.data import folds
from facegen_jax.data.folds import Person
from facegen_jax.data.megc2021 import MEGC2021_DRIVING, without_driving
from facegen_jax.protocols import megc2019
from facegen_jax.protocols.megc2019 import Row


def test_nine_clips_three_a_database_by_nine_people():
  assert len(set(MEGC2021_DRIVING)) == 9
  people = folds.people(MEGC2021_DRIVING)
  assert [p.database for p in people] == ['casme2'] * 3 + ['samm'] * 3 + [
    'smic'
  ] * 3


def test_named_as_the_composite_names_them(tmp_path):
  path = tmp_path / 'list.csv'
  path.write_text(
    'casme2,sub01,EP19_06f,0\ncasme2,sub19,EP01_01f,1\n'
    'casme2,sub17,EP01_13,2\nsamm,18,018_3_1,0\nsamm,22,022_3_3,1\n'
    'samm,7,007_7_1,2\nsmic,s11,s11_ne_02,0\nsmic,s03,s03_po_05,1\n'
    'smic,s20,s20_sur_01,2\n'
  )
  rows, _ = megc2019.megc2019(path)
  assert tuple(row[:2] for row in rows) == MEGC2021_DRIVING
  assert without_driving(rows) == []


def test_only_the_nine_clips_go_and_order_stays():
  rows = [
    Row(Person('samm', '007'), '007_7_2', 2),
    Row(Person('samm', '007'), '007_7_1', 2),
    Row(Person('smic', '007'), '007_7_1', 2),
    Row(Person('casme2', 'sub02'), 'EP01_13', 2),
  ]
  assert without_driving(rows) == [rows[0], rows[2], rows[3]]
  keys = [row[:2] for row in rows]
  assert without_driving(keys) == [keys[0], keys[2], keys[3]]


def test_whole_people_go_when_asked():
  a, b = (Person('samm', '007'), '007_7_2'), (Person('samm', '008'), '008_1_1')
  assert without_driving([a, b], whole_people=True) == [b]
  assert without_driving([a[0], b[0]], whole_people=True) == [b[0]]


def test_people_without_clips_are_refused():
  with pytest.raises(TypeError, match='names no clip'):
    without_driving([Person('samm', '007')])
