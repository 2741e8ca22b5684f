"""A CSV of pictures and action units: what it says, and what is wrong."""

import numpy as np
from PIL import Image
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import unit_labels
from facegen_jax.data.vocabulary import AUS


@pytest.fixture
def table(tmp_path):
  """Writes a CSV beside two pictures."""
  for name in ('a.png', 'b.png'):
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / name)

  def write(text, encoding='utf-8'):
    path = tmp_path / 'faces.csv'
    path.write_bytes(text.encode(encoding))
    return path

  return write


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_pictures_people_and_intensities(table, encoding):
  path = table(
    'file,person,AU12,au06\r\na.png,x,1,0.5\nb.png,y,0,0\n', encoding
  )
  one, two = unit_labels.read(path)
  assert (one.path, one.person) == (path.with_name('a.png'), 'x')
  wanted = np.zeros(12)
  wanted[[AUS.index(12), AUS.index(6)]] = 1, 0.5
  np.testing.assert_array_equal(one.intensities, wanted)
  assert two.person == 'y' and not two.intensities.any()


def test_nobody_is_named(table):
  rows = unit_labels.read(table('file,AU1\na.png,1\n'))
  assert [row.person for row in rows] == ['']


WRONG = {
  'no unit': ('file,smile\na.png,1\n', 'it wants a header'),
  'no file': ('picture,AU1\na.png,1\n', 'it wants a header'),
  'empty': ('', 'it wants a header'),
  'header alone': ('file,AU1\n', 'no picture in it'),
  'unknown unit': ('file,AU7\na.png,1\n', 'no unit AU7; there is AU1'),
  'a unit twice': ('file,AU1,AU01\na.png,1,1\n', 'a unit has two columns'),
  'grades': ('file,AU1\na.png,1\nb.png,4\n', 'line 3: AU1=4 is outside.*by 5'),
  'no number': ('file,AU1\na.png,much\n', "line 2: AU1='much' is no intensity"),
  'a short line': ('file,AU1\na.png\n', 'line 2: AU1=None is no intensity'),
  'not a number': ('file,AU1\na.png,nan\n', 'line 2: AU1=nan is outside'),
  'no picture': ('file,AU1\nc.png,1\n', r'line 2: no picture .*c\.png'),
  'some people': (
    'file,person,AU1\na.png,x,1\nb.png,,1\n',
    'the person of some pictures is missing',
  ),
}


@pytest.mark.parametrize(('text', 'told'), WRONG.values(), ids=WRONG)
def test_what_is_wrong(table, text, told):
  with pytest.raises(UserError, match=told):
    unit_labels.read(table(text))


def test_no_table(table, tmp_path):
  with pytest.raises(UserError, match=r'none\.csv: cannot be read as CSV'):
    unit_labels.read(tmp_path / 'none.csv')
  with pytest.raises(UserError, match='cannot be read as CSV'):
    unit_labels.read(table('file,AU1\nä.png,1\n', 'latin-1'))
