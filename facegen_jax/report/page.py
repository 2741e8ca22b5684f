"""The page: one HTML file that needs nothing else, no script and no network."""

import html

from facegen_jax.report import figures, sections
from facegen_jax.report.reading import Run
from facegen_jax.report.sections import Section
from facegen_jax.report.style import STYLE

# A browser that honours it asks nobody for anything.
_POLICY = (
  "default-src 'none'; img-src data:; media-src data:; "
  "style-src 'unsafe-inline'"
)


def page(run: Run) -> str:
  """The whole file."""
  made = [
    sections.results(run),
    sections.shown(run),
    sections.worst(run),
    sections.curves(run),
    sections.encoding(run),
    sections.losses(run),
    sections.sheets(run),
    sections.data(run),
    sections.config(run),
  ]
  parts = [part for part in made if part]
  name = html.escape(str(run.workdir))
  return (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    f'<title>{name}: report</title>\n<link rel="icon" href="data:,">\n'
    f'<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{name}</h1>\n'
    f'<p class="lead">{html.escape(lead(run))}</p>\n{_links(parts)}</header>\n'
    f'<main>\n{_cards(run)}{"".join(map(_section, parts))}</main>\n'
    '<footer>Made by facegen_jax. The same tables lie beside this file as '
    'tables.md and tables.tex.</footer>\n</body>\n</html>\n'
  )


def lead(run: Run) -> str:
  """System, data, and how far training has come."""
  config, parts = run.config or {}, []
  if 'system' in config:
    parts.append(f'system {config["system"]}')
  if (config.get('data') or {}).get('name'):
    parts.append(f'data {config["data"]["name"]}')
  if run.trained is not None:
    parts.append(f'trained for {run.trained:,} steps')
  return ', '.join(parts) or 'A run of which only parts are left.'


def _links(parts: list[Section]) -> str:
  items = ''.join(
    f'<li><a href="#{part.name}">{part.title}</a></li>' for part in parts
  )
  return f'<nav aria-label="Sections"><ul>{items}</ul></nav>\n'


def _cards(run: Run) -> str:
  found = figures.headlines(run.results or {})
  if not found:
    return ''
  return f'<dl class="cards">{"".join(_card(*row) for row in found)}</dl>\n'


def _card(name: str, figure: str, others: str) -> str:
  figure, _, interval = figure.partition(' [')
  ranged = f'<span class="range">95 % interval [{interval}</span>'
  below = f'<dd class="others">{html.escape(others)}</dd>' if others else ''
  return (
    f'<div><dt>{html.escape(name)}</dt><dd class="value">'
    f'{html.escape(figure)}</dd>'
    + (f'<dd class="others">{ranged}</dd>' if interval else '')
    + f'{below}</div>\n'
  )


def _section(part: Section) -> str:
  return (
    f'<section id="{part.name}"><h2>{html.escape(part.title)}</h2>\n'
    f'{part.body}</section>\n'
  )
