"""Onset, apex and offset of known curves."""

import numpy as np

from facegen_jax.metrics import rise

UP = np.linspace(0, 1, 6)


def one(*values):
  return bool(rise.completes(np.array(values)[:, None], np.ones(1))[0])


def test_there_and_back():
  assert one(*UP, *UP[::-1])
  assert one(0, 0.5, 0.25)
  assert not one(0, 0.49, 0)  # too low
  assert not one(0, 0.5, 0.26)  # does not come back
  assert not one(*UP)
  assert not one(1, 0.5, 0)  # no onset
  assert one(0, np.nan, 0.6, np.nan, 0.1)


def test_shares_are_of_each_unit_s_height():
  curve = np.array([[0, 0, 0], [0.2, 0.2, 9], [0, 0, 0]])
  found = rise.completes(curve, np.array([0.4, 0.5, np.nan]))
  assert found.tolist() == [True, False, False]


def test_height_is_of_the_clips_that_show_a_unit():
  peaks = np.array([[0.8, 0.05], [1.0, 0.02], [0.9, 0.0], [0.1, np.nan]])
  np.testing.assert_array_equal(rise.height(peaks), [0.9, np.nan])
