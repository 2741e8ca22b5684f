"""Workdirs of runs to report on, and a reader of pages that checks them."""

import html.parser
import json
import re

import numpy as np
from PIL import Image

from facegen_jax.report.write import write

EVIL = '<b>"x" & \\y_1 %|$#{~^}</b>'
VOID = {'meta', 'link', 'img', 'br', 'hr', 'line', 'circle', 'polyline'}
RATE = {'rate': 0.882, 'low': 0.851, 'high': 0.907, 'count': 500}


class Balanced(html.parser.HTMLParser):
  """Every tag closed in order; collects text and what is linked to."""

  def __init__(self):
    super().__init__()
    self.open, self.links, self.ids, self.tags = [], [], set(), []
    self.text = ''

  def handle_starttag(self, tag, attrs):
    self.tags.append(tag)
    for name, value in attrs:
      if name in ('src', 'href', 'data', 'poster', 'srcset', 'action'):
        self.links.append(value)
      if name == 'id':
        assert value not in self.ids
        self.ids.add(value)
    if tag not in VOID:
      self.open.append(tag)

  def handle_startendtag(self, tag, attrs):
    assert tag in VOID
    self.handle_starttag(tag, attrs)

  def handle_endtag(self, tag):
    assert tag not in VOID
    assert self.open.pop() == tag

  def handle_data(self, data):
    self.text += data


def parsed(workdir):
  """The page of a run, read and found sound."""
  path = write(workdir)
  page, text = Balanced(), path.read_text(encoding='utf-8')
  page.feed(text)
  page.close()
  assert not page.open
  for link in page.links:
    assert link.startswith(('data:', '#')), link[:80]
    assert not link.startswith('#') or link[1:] in page.ids
  assert not {'script', 'iframe', 'object', 'embed'} & set(page.tags)
  assert not re.search(r'url\(|@import|https?://', text)
  assert "default-src 'none'" in text
  return page


def tables(workdir):
  """Markdown and LaTeX of a run."""
  folder = write(workdir).parent
  return (folder / 'tables.md').read_text(), (folder / 'tables.tex').read_text()


def evaluated(workdir, **results):
  (workdir / 'evaluation/results.json').write_text(json.dumps(results))
  return workdir


def logged(workdir, *rows):
  lines = (json.dumps(row) + '\n' for row in rows)
  (workdir / 'metrics.jsonl').write_text(''.join(lines))
  return workdir


def drawn(path, size=(8, 6)):
  path.parent.mkdir(parents=True, exist_ok=True)
  Image.fromarray(np.zeros((*size[::-1], 3), np.uint8)).save(path)
