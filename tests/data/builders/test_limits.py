"""Onset, apex and offset against the frames on disk."""

import pytest

from facegen_jax.data.builders.limits import limits

_FRAMES = (10, 11, 12, 15, 16)


def test_what_fits_is_taken_as_it_is():
  assert limits(10, '12', 16.0, _FRAMES) == (10, 12, 16, ())


def test_an_apex_need_not_be_given_where_none_is_expected():
  found = limits(10, None, 16, _FRAMES, expected=('onset', 'offset'))
  assert found == (10, None, 16, ())
  found = limits(10, '/', 16, _FRAMES, expected=('onset', 'offset'))
  assert found.remarks == ('apex "/" is no frame number: not given',)


@pytest.mark.parametrize(
  ('cells', 'taken', 'remark'),
  [
    ((4, 12, 16), (10, 12, 16), 'onset 4 before the first frame 10'),
    ((17, 12, 16), (None, 12, 16), 'onset 17 beyond the last frame 16'),
    ((13, 15, 16), (15, 15, 16), 'onset 13 has no frame: 15 is taken'),
    ((10, 12, 91), (10, 12, 16), 'offset 91 beyond the last frame 16'),
    ((10, 12, 0), (10, 12, None), 'offset 0 before the first frame 10'),
    ((10, 12, 14), (10, 12, 12), 'offset 14 has no frame: 12 is taken'),
    ((12, 15, 11), (12, 15, None), 'offset 11 lies before onset 12'),
    ((11, 10, 16), (11, None, 16), 'apex 10 lies outside 11..16'),
    ((10, 16, 15), (10, None, 15), 'apex 16 lies outside 10..15'),
    ((10, -1, 16), (10, None, 16), 'apex -1 lies outside 10..16'),
    ((10, 13, 16), (10, None, 16), 'apex 13 has no frame'),
    ((10, '/', 16), (10, None, 16), 'apex "/" is no frame number'),
    ((10, None, 16), (10, None, 16), 'apex is empty'),
    (('?', 12, 16), (None, 12, 16), 'onset "?" is no frame number'),
    ((10, 12, 15.5), (10, 12, None), 'offset "15.5" is no frame number'),
    ((10, '1_2', 16), (10, None, 16), 'apex "1_2" is no frame number'),
    ((True, 12, 16), (None, 12, 16), 'onset "True" is no frame number'),
  ],
)
def test_what_does_not_fit_is_one_remark(cells, taken, remark):
  found = limits(*cells, _FRAMES)
  assert found[:3] == taken
  assert len(found.remarks) == 1
  assert found.remarks[0].startswith(remark)
