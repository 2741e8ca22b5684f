"""Line charts as inline SVG: no script, colours by the page's style."""

from collections.abc import Sequence
import html
import math
from typing import Any, NamedTuple

from facegen_jax.report import units
from facegen_jax.report.axis import Axis, doubling, fitting, linear
from facegen_jax.report.style import STYLE

WIDTH, HEIGHT = 380, 220
COLOURS = 6  # that the style sheet has, c0 to c5
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 20, 30, 34
_MOST = 400  # points of a line; more are thinned to their extremes
_LETTER = 6  # pixels, about
_SVG = 'http://www.w3.org/2000/svg'  # a name, not an address


class Line(NamedTuple):
  """A named line; y may hold None or NaN, where the line is broken."""

  name: str
  x: Sequence[float]
  y: Sequence[float | None]


def chart(
  lines: Sequence[Line],
  *,
  name: str,
  x_name: str,
  marks: Sequence[tuple[float, str]] = (),
  x_log2: bool = False,
) -> str:
  """An SVG, or '' where no value is finite.

  Args:
    lines: of one scale.
    name: what a screen reader says.
    x_name: below the x axis.
    marks: vertical lines, (x, word), from left to right.
    x_log2: x, above 0, is drawn by its powers of two.
  """
  points = [p for line in lines for p in points_of(line)]
  if not points:
    return ''
  xs, ys = zip(*points, strict=True)
  x = (doubling if x_log2 else linear)(xs, _LEFT, WIDTH - _RIGHT)
  y = fitting(ys, HEIGHT - _BOTTOM, _TOP)
  parts = [_grid(x, y), _words(x_name, y.log), _marks(marks, x)]
  parts += [_drawn(line, i, x, y) for i, line in enumerate(lines)]
  told = html.escape(f'{name}: {_summary(lines)}')
  return (
    f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">\n'
    + '\n'.join(filter(None, parts))
    + '\n</svg>\n'
  )


def alone(lines: Sequence[Line], **options: Any) -> str:
  """A chart as a file of its own, its legend below; options of `chart`."""
  svg = chart(lines, **options)
  if not svg:
    return f'<svg xmlns="{_SVG}"/>\n'
  rows = len(lines)
  words = ''.join(
    f'<text x="{_LEFT + 26}" y="{HEIGHT + 14 * i + 12}">{html.escape(x.name)}'
    f'</text><polyline class="c{i % COLOURS}" points="{_LEFT},'
    f'{HEIGHT + 14 * i + 8} {_LEFT + 20},{HEIGHT + 14 * i + 8}"/>'
    for i, x in enumerate(lines)
  )
  size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
  tall = f'xmlns="{_SVG}" viewBox="0 0 {WIDTH} {HEIGHT + 14 * rows + 6}"'
  svg = svg.replace(size, tall, 1).replace('</svg>', f'{words}</svg>')
  return svg.replace('\n', f'\n<style>{STYLE}</style>\n', 1)


def legend(lines: Sequence[Line]) -> str:
  """Names of the lines in their colours; '' for a single one."""
  if len(lines) < 2:
    return ''
  items = ''.join(
    f'<li class="c{i % COLOURS}">{html.escape(line.name)}</li>'
    for i, line in enumerate(lines)
  )
  return f'<ul class="legend">{items}</ul>\n'


def points_of(line: Line) -> list[tuple[float, float]]:
  """The finite ones."""
  both = zip(line.x, line.y, strict=True)
  return [(x, y) for x, y in both if _is_known(y)]


def _is_known(value: float | None) -> bool:
  return value is not None and math.isfinite(value)


def _summary(lines: Sequence[Line]) -> str:
  told = []
  for line in lines:
    found = [float(v) for _, v in points_of(line)]
    if found:
      first, last = (units.number(v) for v in (found[0], found[-1]))
      told.append(f'{line.name} from {first} to {last}')
  return ', '.join(told)


def _grid(x: Axis, y: Axis) -> str:
  parts = []
  for value in y.ticks():
    at = y.at(value)
    parts.append(
      f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at}" '
      f'y2="{at}"/><text class="y" x="{_LEFT - 6}" y="{at}" dy="0.32em">'
      f'{value:.4g}</text>'
    )
  for value in x.ticks():
    parts.append(
      f'<text class="x" x="{x.at(value)}" y="{HEIGHT - _BOTTOM + 15}">'
      f'{units.number(value)}</text>'
    )
  return ''.join(parts)


def _words(x_name: str, log: bool) -> str:
  middle = (_LEFT + WIDTH - _RIGHT) / 2
  scale = ' (logarithmic y axis)' if log else ''
  return (
    f'<text class="x" x="{middle}" y="{HEIGHT - 4}">{html.escape(x_name)}'
    f'{scale}</text>'
  )


def _marks(marks: Sequence[tuple[float, str]], x: Axis) -> str:
  parts, free = [], [-math.inf, -math.inf]  # from where two rows are empty
  for value, word in marks:
    if not x.low <= value < x.high:
      continue
    at = x.at(value)
    parts.append(
      f'<line class="mark" x1="{at}" x2="{at}" y1="{_TOP - 4}" '
      f'y2="{HEIGHT - _BOTTOM}"/>'
    )
    row = next((i for i, start in enumerate(free) if at >= start), None)
    if row is not None:  # words never lie on each other
      parts.append(
        f'<text class="mark" x="{at}" y="{_TOP - 8 - 12 * row}">'
        f'{html.escape(word)}</text>'
      )
      free[row] = at + _LETTER * (len(word) + 1)
  return ''.join(parts)


def _drawn(line: Line, index: int, x: Axis, y: Axis) -> str:
  """The line's unbroken parts; a lone point is a dot."""
  colour, parts = f'c{index % COLOURS}', []
  for part in _unbroken(line):
    at = [(x.at(a), y.at(b)) for a, b in _thinned(part)]
    if len(at) == 1:
      (a, b) = at[0]
      parts.append(f'<circle class="{colour}" cx="{a}" cy="{b}" r="2.5"/>')
    else:
      path = ' '.join(f'{a},{b}' for a, b in at)
      parts.append(f'<polyline class="{colour}" points="{path}"/>')
  return ''.join(parts)


def _unbroken(line: Line) -> list[list[tuple[float, float]]]:
  parts = [[]]
  for a, b in zip(line.x, line.y, strict=True):
    if _is_known(b):
      parts[-1].append((a, b))
    elif parts[-1]:
      parts.append([])
  return [part for part in parts if part]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
  """Lowest and highest of each stretch, so that no spike is lost."""
  if len(points) <= _MOST:
    return points
  size = -(-len(points) * 2 // _MOST)
  out = []
  for i in range(0, len(points), size):
    part = points[i : i + size]
    ends = {min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])}
    out += sorted(ends)
  return out
