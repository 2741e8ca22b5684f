"""Tables of a run as a page, as Markdown and as LaTeX."""

import re

import pytest
from report_run import EVIL, RATE, drawn, evaluated, logged, parsed, tables


@pytest.fixture
def run(tmp_path):
  """A workdir with an empty evaluation."""
  (tmp_path / 'run' / 'evaluation').mkdir(parents=True)
  return tmp_path / 'run'


def test_intervals_and_units_in_all_three_forms(run):
  group = {'a': RATE, 'b': {**RATE, 'rate': None}}
  evaluated(run, verification=group, truth={'psnr': 18.8875}, latency_ms=3.21)
  markdown, latex = tables(run)
  assert '| a | 88.2 \\[85.1, 90.7\\] | 500 |' in markdown
  assert '| b | — \\[85.1, 90.7\\] | 500 |' in markdown
  assert 'rate (%) \\[95 % interval\\]' in markdown
  assert 'a & 88.2 [85.1, 90.7] & 500 \\\\' in latex
  assert r'rate (\%) [95 \% interval]' in latex
  assert '18.89 dB' in markdown and '3.21 ms' in latex
  assert '18.89 dB' in parsed(run).text


def test_names_are_escaped_everywhere(run):
  evaluated(run, **{EVIL: {'extractor': EVIL, EVIL: {'mean': 1.5, EVIL: 2}}})
  logged(run, {'step': 1, 'stage': EVIL, f'net/{EVIL}': 1.0})
  drawn(run / f'sheets/{EVIL.replace("/", "")}_01.png')
  page = parsed(run)
  assert page.tags.count('b') == 0
  assert EVIL in page.text
  markdown, latex = tables(run)
  assert '<b>' not in markdown and '\\<b\\>' in markdown
  bare = re.sub(r'\\text[a-z]+\{\}|\\[{}$&#_%]', '', latex)
  body = '\n'.join(x for x in bare.splitlines() if 'y' in x and '&' in x)
  assert body and not re.search(r'[#$%^~_|<>"]', body)


def test_latex_is_balanced_and_as_wide_as_its_header(run):
  evaluated(
    run,
    g={'a': RATE, 'b': RATE, '[c': {'mean': 1.0}, 'note': '50 % of {x}'},
    classes={'labels': ['x_1', '[y'], 'f1': [0.5, None], 'mae': [1.0, 2.0]},
  )
  _, latex = tables(run)
  code = re.sub(r'\\[{}]', '', latex)
  assert code.count('{') == code.count('}')
  assert latex.count(r'\begin{table}') == latex.count(r'\end{table}') >= 3
  for part in latex.split(r'\begin{tabular}')[1:]:
    columns = part.split('\n')[0].strip('{}')
    rows = re.findall(r'^ +(.*) \\\\$', part, re.M)
    assert rows
    for row in rows:
      assert len(re.findall(r'(?<!\\)&', row)) == len(columns) - 1
      assert not row.startswith('[')  # would be an argument of \\ before it


def test_values_that_are_no_numbers(run):
  evaluated(
    run, a={'x': {'v': float('nan')}, 'y': {'v': float('inf')}}, b=None, c=True
  )
  page = parsed(run)
  assert 'undefined' in page.text and '∞' in page.text and '—' in page.text
  assert r'$\infty$' in tables(run)[1]


def test_lists_are_tables(run):
  evaluated(
    run,
    recognition={
      'classes': ['negative', 'surprise'],
      'f1': [0.25, 0.75],
      'confusion': [[11, 12], [13, 14]],
    },
  )
  markdown, _ = tables(run)
  assert '| negative | 0.25 |' in markdown
  assert '|  | negative | surprise |' in markdown
  assert '| surprise | 13 | 14 |' in markdown


def test_the_first_figure_keeps_its_own_interval(run):
  row = {'clips': 3, 'psnr': 20.0, 'psnr_low': 19.0, 'psnr_high': 21.5}
  evaluated(run, methods={'made': row, 'still': row}, bare={'low': 1.5})
  markdown, _ = tables(run)
  assert 'PSNR (dB) \\[95 % interval\\]' in markdown
  assert '| made | 3 | 20.00 \\[19.00, 21.50\\] |' in markdown
  assert '1.5' in markdown


def test_ends_of_nothing_are_figures(run):
  evaluated(run, bare={'low': 1.25, 'high': 2.75})
  markdown, _ = tables(run)
  assert '1.25' in markdown and '2.75' in markdown
