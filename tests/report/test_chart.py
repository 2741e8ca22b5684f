"""Charts: where a value lies, and what is drawn of awkward ones."""

import itertools
import math
import re

import pytest

from facegen_jax.report.axis import doubling, fitting, linear
from facegen_jax.report.chart import HEIGHT, WIDTH, Line, chart, legend
from facegen_jax.report.units import header, label, number, quantity


def svg(*lines, **more):
  return chart(lines, name='n', x_name='step', **more)


def points(text):
  return [
    [tuple(map(float, p.split(','))) for p in path.split()]
    for path in re.findall(r'points="([^"]*)"', text)
  ]


def test_a_line_goes_through_its_points():
  (path,) = points(svg(Line('a', [0, 5, 10], [0.0, 1.0, 0.5])))
  (x0, y0), (x1, y1), (x2, y2) = path
  assert x0 < x1 < x2 and x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
  assert y0 > y2 > y1  # up is less
  assert y2 == pytest.approx((y0 + y1) / 2, abs=0.1)
  assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in path)


@pytest.mark.parametrize('gap', [None, math.nan, math.inf])
def test_what_is_not_finite_breaks_the_line(gap):
  text = svg(Line('a', range(5), [1.0, 2.0, gap, 3.0, 2.5]))
  assert [len(path) for path in points(text)] == [2, 2]
  assert svg(Line('a', range(2), [gap, gap])) == ''
  assert svg() == ''


@pytest.mark.parametrize('value', [0.0, 3.0, -2.0, 1e-30, 1e30])
def test_constant_and_single_values_are_drawn(value):
  assert len(points(svg(Line('a', [1, 2], [value, value])))) == 1
  assert 'circle' in svg(Line('a', [7], [value]))


def test_no_spike_is_lost_in_a_long_line():
  y = [1.0] * 100_000
  y[54_321] = 9.0
  text = svg(Line('a', range(len(y)), y))
  (path,) = points(text)
  assert len(path) <= 400
  (whole,) = points(svg(Line('a', [0, 1], [1.0, 9.0])))
  assert min(p[1] for p in path) == whole[1][1]
  assert path == sorted(path, key=lambda p: p[0])


def test_many_decades_get_a_logarithmic_axis():
  axis = fitting([0.002, 3.0, 40.0], 0, 100)
  assert axis.log and axis.ticks() == pytest.approx(
    [1e-3, 1e-2, 0.1, 1, 10, 100]
  )
  assert axis.at(0.1) == 40.0
  assert not fitting([1.0, 40.0], 0, 100).log
  assert not fitting([0.0, 1e6], 0, 100).log
  assert 'logarithmic' in svg(Line('a', [0, 1], [1e-3, 1.0]))


def test_an_axis_of_doublings():
  axis = doubling([1, 513], 0, 90)
  assert axis.ticks() == [2.0**i for i in range(10)]
  assert axis.at(64) - axis.at(32) == pytest.approx(
    axis.at(2) - axis.at(1), abs=0.2
  )
  assert len(doubling([1, 2**40], 0, 1).ticks()) <= 11
  assert doubling([3, 3], 0, 1).ticks() == [4.0]  # one value: up to its double
  line = Line('a', [1, 2, 4, 8], [4.0, 3.0, 2.0, 1.0])
  (path,) = points(svg(line, x_log2=True))
  steps = {round(b - a) for (a, _), (b, _) in itertools.pairwise(path)}
  assert len(steps) == 1


@pytest.mark.parametrize(
  ('low', 'high'), [(0, 2700), (0.07, 0.0702), (-5, 5), (1e-9, 2e-9), (1, 1e9)]
)
def test_ticks_are_few_round_and_inside(low, high):
  ticks = linear([low, high], 0, 1).ticks()
  assert 2 <= len(ticks) <= 7 and len(set(ticks)) == len(ticks)
  slack = 1e-6 * (high - low)
  assert all(low - slack <= t <= high + slack for t in ticks)


def test_marks_inside_the_axis_and_no_words_on_each_other():
  line = Line('a', [100, 1000], [0.0, 1.0])
  marks = [
    (50, 'before'),
    (100, 'one'),
    (110, 'two'),
    (120, 'nine'),
    (600, 'three'),
  ]
  text = svg(line, marks=marks)
  assert text.count('<line class="mark"') == 4
  words = re.findall(r'<text class="mark" x="(.*?)" y="(.*?)">(\w+)<', text)
  assert [word for *_, word in words] == ['one', 'two', 'three']
  assert words[0][1] != words[1][1]  # a row each


def test_a_legend_names_several_lines_alone():
  a, b = Line('<a>', [0], [1.0]), Line('b', [0], [1.0])
  assert legend([a]) == ''
  assert '&lt;a&gt;' in legend([a, b]) and 'class="c1"' in legend([a, b])


def test_labels_and_units():
  assert header('changed_psnr') == 'changed PSNR (dB)'
  assert header('latency_ms') == 'latency (ms)'
  assert header('false_accept_rate') == 'false accept rate (%)'
  assert header('learning_rate') == 'learning rate'
  assert header('threshold') == 'threshold'
  assert label('generator/identity_map') == 'generator / identity map'
  assert quantity(0.0384345, 'changed_share') == '3.8 %'
  assert quantity(18_010_000_000, 'flops') == '18.01 G'
  assert quantity(4.0549, 'steps_per_second') == '4.05 steps/s'
  assert quantity(472930, 'impostor') == '472,930'
  assert quantity(None, 'psnr') == '—' and quantity(True, 'psnr') == 'yes'
  assert quantity(math.nan, 'psnr') == 'undefined'
  assert quantity(-math.inf, 'psnr') == '−∞'
  assert number(-0.5) == '−0.5' and number(0.9405012) == '0.9405'
  assert number(1.5e-7) == '1.5e-07'
