"""Pictures and clips that travel inside the page."""

import base64
import html
import pathlib
import re

from PIL import Image

LIMIT = 5_000_000  # bytes; what is larger is named and not embedded
_NEWEST = 4  # sheets of training
_SMALL = 480  # pixels; what is narrower is drawn at twice its size


def picture(path: pathlib.Path, caption: str) -> str:
  """A figure; a line that says why where the picture cannot be shown."""
  why = _unfit(path)
  if why:
    return absent(why)
  try:
    with Image.open(path) as opened:
      (width, height), kind = opened.size, opened.get_format_mimetype()
  except OSError:
    return absent(f'{path} is no readable picture.')
  scale = 2 if width < _SMALL else 1
  words = html.escape(caption)
  return (
    f'<figure><img src="{_uri(path, kind or "image/png")}" alt="{words}" '
    f'width="{width * scale}" height="{height * scale}">'
    f'<figcaption>{words}</figcaption></figure>\n'
  )


def clip(path: pathlib.Path, caption: str) -> str:
  """An mp4 with controls; a line that says why where there is none."""
  why = _unfit(path)
  if why:
    return absent(why)
  words = html.escape(caption)
  return (
    f'<figure><video controls loop muted playsinline preload="metadata" '
    f'aria-label="{words}" src="{_uri(path, "video/mp4")}"></video>'
    f'<figcaption>{words}</figcaption></figure>\n'
  )


def absent(text: str) -> str:
  """What is missing, and why."""
  return f'<p class="absent">{html.escape(text)}</p>\n'


def newest_sheets(
  workdir: pathlib.Path,
) -> tuple[list[tuple[pathlib.Path, str]], int]:
  """The newest sheets with captions, newest first, and how many there are."""
  found = []
  for path in (workdir / 'sheets').glob('*.png'):
    name, _, step = path.stem.rpartition('_')
    if name and re.fullmatch(r'\d+', step):
      found.append((int(step), path, f'{name}, step {int(step):,}'))
    else:
      found.append((-1, path, path.stem))
  found.sort(key=lambda row: (-row[0], row[2]))
  return [(path, words) for _, path, words in found[:_NEWEST]], len(found)


def _unfit(path: pathlib.Path) -> str:
  if not path.is_file():
    return f'{path} is missing.'
  size = path.stat().st_size
  if size >= LIMIT:
    return (
      f'{path} has {size / 1e6:.1f} MB and is not embedded; the limit is '
      f'{LIMIT / 1e6:g} MB.'
    )
  return ''


def _uri(path: pathlib.Path, kind: str) -> str:
  return f'data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}'
