"""The table of a sweep: a row a run, and means over its seeds.

python -m launch.results --root=runs/sweep [--metrics='truth.*,*.ssim']

Leaves results.csv and results.md in the folder and, where a seed is swept,
means.csv; prints the Markdown, whose rows hold the first figures alone.
Intervals are Student's, 95 % over the seeds.
"""

from collections.abc import Sequence
import csv
import fnmatch
import io
import pathlib
from typing import Any

from absl import flags

from facegen_jax.core.claim import write
from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.protocols import over_seeds
from facegen_jax.report.table import Table, to_markdown
from facegen_jax.start import start
from launch import figures, plan
from launch.figures import Mean, Row
from launch.root_flag import ROOT

_METRICS = flags.DEFINE_list(
  'metrics', [], 'Names, with * for any letters; all unless given.'
)
_ENDS = ('mean', 'sd', 'low', 'high')
_OWN_ENDS = ('low', 'high')  # of an interval over a run's clips: in the CSV
_FEW = 8  # figures in a row that is to be read


def main(argv: Sequence[str]) -> None:
  """Writes and prints the tables."""
  del argv
  print(collect(expanded(ROOT.value), _METRICS.value))


def collect(root: pathlib.Path, patterns: Sequence[str] = ()) -> str:
  """Writes the tables into `root`; returns them as Markdown.

  Args:
    root: of a sweep.
    patterns: of the figures that are wanted; by default all of the evaluation
      or, where nothing was evaluated, of the training.

  Raises:
    UserError: no sweep, or no figure of such a name.
  """
  rows = figures.rows(plan.read(root))
  wanted = _wanted(figures.columns(rows), patterns)
  swept = list(dict.fromkeys(name for row in rows for name in row.values))
  write(root / 'results.csv', _csv(_of_runs(rows, swept, wanted)))
  shown = [n for n in wanted if not n.endswith(_OWN_ENDS)]
  few = shown if patterns else shown[:_FEW]
  table = _table('Runs', _of_runs(rows, swept, few, '.4g'))
  more = f'{len(wanted) - len(few)} more figures are in results.csv.'
  text = to_markdown(
    table._replace(note=more if len(few) < len(wanted) else '')
  )
  means = figures.means(rows)
  if means:
    write(root / 'means.csv', _csv(_of_means(means, wanted)))
    table = _table('Means over seeds', _of_figures(means, shown))
    text += '\n' + to_markdown(table._replace(note=_NOTE))
  write(root / 'results.md', text)
  return text


_NOTE = (
  "Mean ± deviation and Student's 95 % interval, of the runs that are done."
)


def _wanted(names: list[str], patterns: Sequence[str]) -> list[str]:
  if not patterns:
    measured = [name for name in names if not name.startswith('train/')]
    return measured or names
  for pattern in patterns:
    if not fnmatch.filter(names, pattern):
      raise UserError(
        f'--metrics={pattern}: no figure of that name; there is '
        f'{", ".join(names) or "none yet"}'
      )
  return [n for n in names if any(fnmatch.fnmatch(n, p) for p in patterns)]


def _of_runs(
  rows: Sequence[Row], swept: list[str], wanted: list[str], form: str = ''
) -> list[list[str]]:
  """Cells with their header; figures in full unless a form is given."""
  lines = [['run', *swept, 'status', 'step', *wanted]]
  for row in rows:
    own = [_text(row.figures.get(name), form) for name in wanted]
    values = [_text(row.values.get(name)) for name in swept]
    lines.append([row.name, *values, row.state, str(row.step), *own])
  return lines


def _of_means(means: Sequence[Mean], wanted: list[str]) -> list[list[str]]:
  swept = list(means[0].values)
  ends = [f'{name}.{end}' for name in wanted for end in _ENDS]
  lines = [[*swept, 'runs', *ends]]
  for mean in means:
    own = [mean.figures.get(name, {}) for name in wanted]
    cells = [_text(figure.get(end)) for figure in own for end in _ENDS]
    values = map(_text, mean.values.values())
    lines.append([*values, str(mean.runs), *cells])
  return lines


def _of_figures(means: Sequence[Mean], wanted: list[str]) -> list[list[str]]:
  """A line a figure, a column a combination: there are many figures."""
  heads = [
    ', '.join(f'{k}={v}' for k, v in mean.values.items()) or 'all'
    for mean in means
  ]
  lines = [
    [
      'figure',
      *(f'{h} (n = {m.runs})' for h, m in zip(heads, means, strict=True)),
    ]
  ]
  for name in wanted:
    found = [mean.figures.get(name) for mean in means]
    cells = [over_seeds.cell(f, '.4g', ends=True) if f else '' for f in found]
    lines.append([name, *cells])
  return lines


def _text(value: Any, form: str = '') -> str:
  if isinstance(value, float):
    return format(value, form) if form else repr(value)
  return '' if value is None else str(value)


def _csv(lines: list[list[str]]) -> str:
  out = io.StringIO()
  csv.writer(out, lineterminator='\n').writerows(lines)
  return out.getvalue()


def _table(title: str, lines: list[list[str]]) -> Table:
  head, *rows = map(tuple, lines)
  return Table(title, head, tuple(rows))


if __name__ == '__main__':
  start(main)
