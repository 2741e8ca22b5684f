"""Action units as coders type them."""

import datetime

import pytest

from facegen_jax.data.builders import au_text
from facegen_jax.data.builders.found import AU


@pytest.mark.parametrize(
  ('cell', 'aus'),
  [
    (None, ()),
    (12, (AU(12),)),
    (12.0, (AU(12),)),
    ('4', (AU(4),)),
    ('4+L10', (AU(4), AU(10, 'L'))),
    ('R12 + R15', (AU(12, 'R'), AU(15, 'R'))),
    ('A1B+A2C', (AU(1, '', 0.4), AU(2, '', 0.6))),
    ('B4A+l12e', (AU(4, '', 0.2), AU(12, 'L', 1.0))),
    ('AU6D', (AU(6, '', 0.8),)),
    ('L12+R12', (AU(12, 'L'), AU(12, 'R'))),
  ],
)
def test_units_are_read_without_remark(cell, aus):
  assert au_text.parse(cell) == au_text.Units(aus, '')


@pytest.mark.parametrize(
  ('cell', 'aus'),
  [
    ('R14A or 17A', (AU(14, 'R', 0.2), AU(17, '', 0.2))),
    ('12/14', (AU(12), AU(14))),
    ('4+x+7', (AU(4), AU(7))),
    ('4++7', (AU(4), AU(7))),
    ('12+12', (AU(12),)),
    ('1 2', ()),
    ('0', ()),
    ('123', ()),
    ('-4', ()),
    ('4F', ()),
    ('/', ()),
    ('', ()),
    ('for', ()),
    (4.5, ()),
    (float('nan'), ()),
    (True, ()),
    (datetime.datetime(2014, 4, 10), ()),
  ],
)
def test_what_is_odd_is_remarked_on_with_the_text(cell, aus):
  units = au_text.parse(cell)
  assert units.aus == aus
  assert f'"{cell}"' in units.remark
