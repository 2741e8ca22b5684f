"""A table, and how it is written in HTML, Markdown and LaTeX."""

import html
from typing import NamedTuple

_LATEX = str.maketrans(
  {
    '\\': r'\textbackslash{}',
    '{': r'\{',
    '}': r'\}',
    '$': r'\$',
    '&': r'\&',
    '#': r'\#',
    '_': r'\_',
    '%': r'\%',
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '<': r'\textless{}',
    '>': r'\textgreater{}',
    '|': r'\textbar{}',
    '"': r'\textquotedbl{}',
    '−': '$-$',
    '∞': r'$\infty$',
    '²': r'\textsuperscript{2}',
    '×': r'$\times$',
    '—': '---',
    '\u00a0': '~',
    '\n': ' ',
  }
)
_MARKDOWN = str.maketrans(
  {c: '\\' + c for c in '\\`*_|<>[]#~$'} | {'&': '&amp;', '\n': ' '}
)


class Table(NamedTuple):
  """Cells are text as a person reads it; the first column names the row.

  Attributes:
    title: what it shows.
    columns: a name each, that of the first column too.
    rows: as many cells each.
    note: what the figures depend on, below the table.
    numeric: whether all columns but the first are figures.
  """

  title: str
  columns: tuple[str, ...]
  rows: tuple[tuple[str, ...], ...]
  note: str = ''
  numeric: bool = True


def to_html(table: Table) -> str:
  """A table that scrolls by itself where it is wider than the page."""
  escaped = html.escape
  head = ''.join(f'<th scope="col">{escaped(c)}</th>' for c in table.columns)
  rows = '\n'.join(
    f'<tr><th scope="row">{escaped(row[0])}</th>'
    + ''.join(f'<td>{escaped(cell)}</td>' for cell in row[1:])
    + '</tr>'
    for row in table.rows
  )
  note = f'<p class="note">{escaped(table.note)}</p>\n' if table.note else ''
  kind = 'figures' if table.numeric else 'words'
  return (
    f'<div class="table"><div class="scroll" tabindex="0" role="region" '
    f'aria-label="{escaped(table.title)}">\n<table class="{kind}">\n'
    f'<caption>{escaped(table.title)}</caption>\n'
    f'<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>'
    f'\n{note}</div>\n'
  )


def to_markdown(table: Table) -> str:
  """A GitHub table under its title."""

  def line(cells: tuple[str, ...]) -> str:
    return '| ' + ' | '.join(c.translate(_MARKDOWN) for c in cells) + ' |'

  rule = ['---'] + ['--:' if table.numeric else '---'] * (
    len(table.columns) - 1
  )
  parts = [f'### {table.title.translate(_MARKDOWN)}', '']
  parts += [line(table.columns), '| ' + ' | '.join(rule) + ' |']
  parts += [line(row) for row in table.rows]
  if table.note:
    parts += ['', table.note.translate(_MARKDOWN)]
  return '\n'.join(parts) + '\n'


def to_latex(table: Table) -> str:
  r"""A `table` float; needs `\usepackage{booktabs}`."""

  def line(cells: tuple[str, ...]) -> str:
    # A bracket would be an argument of the command before it.
    guard = '{}' if cells[0].startswith('[') else ''
    return f'    {guard}' + ' & '.join(latex(c) for c in cells) + r' \\'

  others = len(table.columns) - 1
  wide = f'p{{{0.75 / max(others, 1):.2f}\\linewidth}}'
  columns = 'l' + (('r' if table.numeric else wide) * others)
  caption = latex('. '.join(filter(None, (table.title, table.note))))
  return '\n'.join(
    [
      r'\begin{table}',
      r'  \centering',
      rf'  \caption{{{caption}}}',
      rf'  \begin{{tabular}}{{{columns}}}',
      r'    \toprule',
      line(table.columns),
      r'    \midrule',
      *(line(row) for row in table.rows),
      r'    \bottomrule',
      r'  \end{tabular}',
      r'\end{table}',
      '',
    ]
  )


def latex(text: str) -> str:
  """Text that LaTeX prints as it stands."""
  return text.translate(_LATEX)
