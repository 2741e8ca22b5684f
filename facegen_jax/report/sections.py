"""The parts of the page; each says plainly what is missing."""

import html
import pathlib
from typing import Any, NamedTuple

from facegen_jax.report import described, figures, pictures, training, units
from facegen_jax.report.chart import Line, chart, legend, points_of
from facegen_jax.report.lists import is_number
from facegen_jax.report.pictures import absent
from facegen_jax.report.reading import Run
from facegen_jax.report.table import to_html


class Section(NamedTuple):
  """A heading, where links jump to, and what stands below it."""

  name: str
  title: str
  body: str


def results(run: Run) -> Section:
  """The tables of the evaluation."""
  body = absent(run.told['results']) if 'results' in run.told else ''
  if run.results is not None:
    done, trained = run.results.get('step'), run.trained
    if trained and done and done != trained:
      body += absent(
        f'Evaluated at step {units.number(done)}, while training is at '
        f'{trained:,}: evaluate again.'
      )
    found = figures.tables(run.results)
    body += ''.join(map(to_html, found)) or absent('It holds no figures.')
  return Section('results', 'Results', body)


def shown(run: Run) -> Section:
  """What the evaluation drew."""
  folder = run.workdir / 'evaluation'
  columns = (run.results or {}).get('columns')
  told = f': {", ".join(map(str, columns))}' if columns else ''
  body = pictures.picture(folder / 'sheet.png', f'Held-out people{told}')
  body += pictures.clip(folder / 'clip.mp4', 'Held-out people over time')
  return Section(
    'pictures', 'Pictures', f'<div class="pictures">{body}</div>\n'
  )


def worst(run: Run) -> Section | None:
  """The worst cases, where the evaluation names any.

  `worst` is a list of `name`, `value`, `picture` (a path from `evaluation`)
  and, if known, `metric`.
  """
  cases, body = _records(run, 'worst')
  if not (cases or body):
    return None
  body += ''.join(_case(run.workdir / 'evaluation', case) for case in cases)
  return Section(
    'worst', 'Worst cases', f'<div class="pictures">{body}</div>\n'
  )


def _case(folder: pathlib.Path, case: dict[str, Any]) -> str:
  metric = str(case.get('metric', ''))
  value = units.quantity(case.get('value'), metric)
  words = f'{case.get("name", "unnamed")}: {units.label(metric)} {value}'
  return pictures.picture(
    folder / str(case.get('picture', 'picture')), ' '.join(words.split())
  )


def curves(run: Run) -> Section | None:
  """Trajectories of action units, where the evaluation holds any.

  `au_curves` is a list of `name`, `series` (name -> values, null = no face)
  and, if not frames, `x` (values) with `x_name`; with `x_log2` x is drawn by
  its powers of two.
  """
  return _charts(run, 'au_curves', 'curves', 'Action units')


def encoding(run: Run) -> Section | None:
  """How codes were found, as `encoding_curves` of the same form tell."""
  return _charts(run, 'encoding_curves', 'encoding', 'Encoding')


def _charts(run: Run, key: str, name: str, title: str) -> Section | None:
  charts, body = _records(run, key)
  if not (charts or body):
    return None
  body += ''.join(map(_curve, charts))
  return Section(name, title, f'<div class="charts">{body}</div>\n')


def _curve(told: dict[str, Any]) -> str:
  name, series = str(told.get('name', 'unnamed')), told.get('series')
  lines = []
  for key, y in series.items() if isinstance(series, dict) else ():
    y = y if isinstance(y, list) else []
    x = told.get('x') or range(len(y))
    if len(x) != len(y) or None in x or not all(map(is_number, (*x, *y))):
      return absent(f'{name}: {key} is no list of {len(x)} numbers.')
    lines.append(Line(str(key), x, y))
  x_name, by_two = str(told.get('x_name', 'frame')), bool(told.get('x_log2'))
  if by_two and not all(i > 0 for line in lines for i in line.x):
    return absent(f'{name}: x holds 0 or less, which has no logarithm.')
  svg = chart(lines, name=name, x_name=x_name, x_log2=by_two)
  return _figure(name, '', lines, svg)


def _records(run: Run, key: str) -> tuple[list[dict[str, Any]], str]:
  """The objects of a list in the results, and what is wrong with it."""
  found = (run.results or {}).get(key) or []
  if isinstance(found, list) and all(isinstance(x, dict) for x in found):
    return found, ''
  return [], absent(f'{key} of results.json is no list of objects.')


def losses(run: Run) -> Section:
  """A chart of each logged figure."""
  body = absent(run.told['rows']) if 'rows' in run.told else ''
  marks = training.stages(run.rows)
  for net, group in training.lines(run.rows).items():
    charts = ''.join(_loss(key, line, marks) for key, line in group)
    title = html.escape(units.title(net))
    body += f'<h3>{title}</h3>\n<div class="charts">{charts}</div>\n'
  table = training.last(run.rows)
  return Section(
    'training', 'Training', body + (to_html(table) if table else '')
  )


def _loss(key: str, line: Line, marks: list[tuple[int, str]]) -> str:
  svg = chart([line], name=units.label(key), x_name='step', marks=marks)
  found = points_of(line)
  last = units.quantity(found[-1][1], key) if found else ''
  return _figure(line.name, last, [line], svg)


def _figure(name: str, last: str, lines: list[Line], svg: str) -> str:
  caption = html.escape(name)
  if last:
    caption += f' <span class="last">{html.escape(last)}</span>'
  body = svg or absent('No value is finite.')
  return (
    f'<figure><figcaption>{caption}</figcaption>\n{legend(lines)}{body}'
    '</figure>\n'
  )


def sheets(run: Run) -> Section:
  """The newest sheets of training."""
  found, count = pictures.newest_sheets(run.workdir)
  if not found:
    text = f'{run.workdir / "sheets"} holds no sheet.'
    return Section('sheets', 'Sheets of training', absent(text))
  body = ''.join(pictures.picture(path, words) for path, words in found)
  note = f'<p class="note">The newest {len(found)} of {count}.</p>\n'
  return Section(
    'sheets',
    'Sheets of training',
    f'{note}<div class="pictures">{body}</div>\n',
  )


def data(run: Run) -> Section:
  """Data and extractors."""
  table = described.data(run.config, run.results)
  body = to_html(table) if table else absent('The data are not recorded.')
  if run.results is not None:
    measured = described.extractors(run.results)
    body += (
      to_html(measured)
      if measured
      else absent('The evaluation names no feature extractor.')
    )
  return Section('data', 'Data and extractors', body)


def config(run: Run) -> Section:
  """Every field of the config."""
  if run.config is None:
    return Section('config', 'Config', absent(run.told['config']))
  parts = []
  for name, fields in described.settings(run.config).items():
    rows = ''.join(
      f'<dt>{html.escape(key)}</dt><dd>{html.escape(value)}</dd>'
      for key, value in fields
    )
    parts.append(
      f'<section><h3>{html.escape(name)}</h3><dl>{rows}</dl></section>\n'
    )
  body = f'<div class="config">{"".join(parts)}</div>\n'
  return Section('config', 'Config', body)
