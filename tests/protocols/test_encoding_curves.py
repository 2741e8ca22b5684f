"""Curves of encoding: what their figures say of known traces."""

import numpy as np
from PIL import Image
import pytest
import tiny_codes

from facegen_jax.core.levels import to_uint8
from facegen_jax.protocols import encoding_curves
from facegen_jax.protocols.encoding_curves import PIXELS, WAYS
from facegen_jax.systems.au_transfer.encoding import Encoded


def encoded(trace, reached):
  trace = np.array(trace, np.float32)
  codes = np.zeros((len(trace), 1, 1))
  return Encoded(codes, trace[:, -1], trace, np.array(reached), codes[:, None])


def test_figures_of_known_traces():
  found = {
    'v': encoded([[0.4, 0.2, 0.05], [0.6, 0.4, 0.2]], [2, -1]),
    'mean': encoded([[1.0, 0.6, 0.4], [2.0, 0.9, 0.1]], [-1, 2]),
    'random': encoded([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [-1, -1]),
  }
  told = encoding_curves.told(found, 0.1)
  v, mean, random = (told[way] for way in ('v', 'mean', 'random'))
  assert v['first'] == pytest.approx(0.5) and v['last'] == pytest.approx(0.125)
  assert v['last_share'] == pytest.approx((0.05 + 0.1) / 2)
  assert (v['reached'], random['reached']) == (0.5, 0.0)
  # Half of the pictures never come there: no median.
  assert v['updates'] is None and random['updates'] is None
  # Of the mean code's first loss, picture by picture.
  assert (v['updates_to_0.5'], mean['updates_to_0.5']) == (0.0, 1.5)
  assert v['updates_to_0.25'] == 1.0 and mean['updates_to_0.25'] is None
  # One picture each.
  assert mean['v_sooner'] == 0.5 and random['v_sooner'] == 1.0
  assert 'v_sooner' not in v
  text = encoding_curves.text(told)
  assert 'first loss' in text and '0.5000' in text


def test_the_curve_is_the_mean_over_pictures():
  curve = encoding_curves.curve({'v': np.array([[4.0, 2.0], [2.0, 1.0]])})
  assert curve['series'] == {'v': [3.0, 1.5]}
  assert (curve['x'], curve['x_log2']) == ([1, 2], True)


def test_moments_double_and_end_with_the_last_update():
  assert encoding_curves.moments(8) == (0, 1, 2, 4, 8)
  assert encoding_curves.moments(10) == (0, 1, 2, 4, 8, 10)
  assert encoding_curves.moments(1) == (0, 1)


def test_all_ways_of_a_run(tmp_path):
  encoder = tiny_codes.encoder(iterations=20)
  pictures = to_uint8(tiny_codes.render(tiny_codes.CODES))
  results = encoding_curves.evaluate(
    encoder, encoder.render, encoder.how, pictures, tmp_path, rows=2
  )
  told = results['encoding']
  assert tuple(told) == WAYS
  # Equation 1 is told of pixels' encodings too, which begin where random does.
  assert told[PIXELS]['first'] == pytest.approx(told['random']['first'])
  assert told[PIXELS]['last'] != told['random']['last']
  assert told['v']['first'] < told['mean']['first']
  series = results['encoding_curves'][0]['series']
  assert {len(values) for values in series.values()} == {21}
  assert told['v']['last'] == pytest.approx(series['v'][-1], abs=1e-5)
  with Image.open(tmp_path / encoding_curves.PICTURE) as sheet:
    # The picture and 0, 1, 2, 4, 8, 16, 20 updates; two pictures, four ways.
    assert sheet.size == (8 * 10 - 2, 2 * 4 * 10 - 2)
