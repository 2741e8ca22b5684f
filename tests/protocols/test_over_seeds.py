"""Figures over seeds."""

import pytest

from facegen_jax.protocols import over_seeds


def test_student_s_interval():
  found = over_seeds.spread([1, 2, 3, 4, 5])
  assert found['mean'] == 3
  assert found['sd'] == pytest.approx(2.5**0.5)
  # 2.7764 is the 97.5 % quantile of 4 degrees of freedom.
  half = 2.776445 * (2.5 / 5) ** 0.5
  assert found['low'] == pytest.approx(3 - half, abs=1e-5)
  assert found['high'] == pytest.approx(3 + half, abs=1e-5)
  assert over_seeds.cell(found, '.1f') == '3.0 ± 1.6'
  assert over_seeds.cell(found, '.1f', ends=True) == '3.0 ± 1.6 [1.0, 5.0]'


def test_one_seed_has_no_interval():
  found = over_seeds.spread([0.25])
  assert found == {
    'mean': 0.25,
    'sd': None,
    'low': None,
    'high': None,
    'each': [0.25],
  }
  assert over_seeds.cell(found, '.2f', ends=True) == '0.25'
