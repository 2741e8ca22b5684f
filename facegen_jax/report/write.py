"""Writes the report of a run: a page, and its tables for papers and notes."""

import pathlib

from facegen_jax.report import described, figures, training
from facegen_jax.report.page import lead, page
from facegen_jax.report.reading import Run, read
from facegen_jax.report.table import Table, latex, to_latex, to_markdown

_NO_TABLE = 'There are no tables: the run has neither figures nor a config.'


def write(workdir: pathlib.Path) -> pathlib.Path:
  """Writes `workdir/report/{index.html,tables.md,tables.tex}`.

  Args:
    workdir: of a run, finished or not; what it lacks is said on the page.

  Returns:
    The path of the page.

  Raises:
    UserError: the folder holds no run.
  """
  run = read(workdir)
  folder = workdir / 'report'
  folder.mkdir(exist_ok=True)
  tables = tables_of(run)
  for name, text in (
    ('index.html', page(run)),
    ('tables.md', markdown(run, tables)),
    ('tables.tex', tex(run, tables)),
  ):
    (folder / name).write_text(text, encoding='utf-8')
  return folder / 'index.html'


def tables_of(run: Run) -> list[Table]:
  """All tables of the page, in its order."""
  found = figures.tables(run.results) if run.results else []
  found.append(training.last(run.rows))
  found.append(described.data(run.config, run.results))
  found.append(described.extractors(run.results) if run.results else None)
  return [table for table in found if table]


def markdown(run: Run, tables: list[Table]) -> str:
  """The tables for GitHub and notes."""
  parts = [f'# {_line(run)}\n', *(f'{text}\n' for text in run.told.values())]
  parts += [to_markdown(table) for table in tables] or [_NO_TABLE + '\n']
  return '\n'.join(parts)


def tex(run: Run, tables: list[Table]) -> str:
  """The tables for a paper."""
  parts = [
    f'% {_line(run)}\n% \\usepackage[T1]{{fontenc}} \\usepackage{{booktabs}}\n',
    *(f'% {latex(text)}\n' for text in run.told.values()),
  ]
  parts += [to_latex(table) for table in tables] or [f'% {_NO_TABLE}\n']
  return '\n'.join(parts)


def _line(run: Run) -> str:
  return ' '.join(f'{run.workdir}: {lead(run)}'.split())
