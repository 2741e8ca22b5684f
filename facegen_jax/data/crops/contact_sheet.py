"""All clips at a glance: a thumbnail each, with its landmarks and name."""

from collections.abc import Sequence

import cv2
import numpy as np

THUMBNAIL = 96  # pixels, the longer side at most
MOST = 200  # thumbnails on a sheet
_STRIP, _GAP = 12, 4  # pixels: the line of text, the white between cells
_FONT, _TEXT = cv2.FONT_HERSHEY_PLAIN, 0.7
_GREEN = (0, 255, 0)


def contact_sheet(
  rows: Sequence[tuple[str, np.ndarray, np.ndarray]], columns: int = 10
) -> np.ndarray:
  """A sheet of up to 200 clips, drawn evenly, first and last among them.

  Args:
    rows: of each clip a short name, a picture h w 3 uint8 RGB, and its
      landmarks n 2 in pixels of the picture, or an empty array.
    columns: thumbnails side by side.

  Returns:
    h w 3 uint8, white between thumbnails of at most 96 px.

  Raises:
    ValueError: no clips, or no columns.
  """
  if not rows or columns < 1:
    raise ValueError(f'no sheet of {len(rows)} clips in {columns} columns')
  drawn = np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round()
  rows = [rows[int(i)] for i in drawn]
  width, height = THUMBNAIL + _GAP, THUMBNAIL + _STRIP + _GAP
  columns = min(columns, len(rows))
  lines = -(-len(rows) // columns)
  sheet = np.full(
    (lines * height - _GAP, columns * width - _GAP, 3), 255, np.uint8
  )
  for i, (name, picture, landmarks) in enumerate(rows):
    y, x = i // columns * height, i % columns * width
    cell = _cell(name, picture, landmarks)
    sheet[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
  return sheet


def _cell(name: str, picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
  cell = np.full((THUMBNAIL + _STRIP, THUMBNAIL, 3), 255, np.uint8)
  small = _thumbnail(picture, landmarks)
  cell[: small.shape[0], : small.shape[1]] = small
  start = (1, THUMBNAIL + _STRIP - 3)
  cv2.putText(cell, _fitting(name), start, _FONT, _TEXT, (0, 0, 0))
  return cell


def _thumbnail(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
  height, width = picture.shape[:2]
  scale = min(1, THUMBNAIL / max(height, width))
  size = max(round(width * scale), 1), max(round(height * scale), 1)
  small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
  points = np.reshape(landmarks, (-1, 2)).astype(np.float64)
  # Pixel centres at integers.
  points = (points + 0.5) * np.divide(size, (width, height)) - 0.5
  x, y = np.rint(points).astype(int).T
  inside = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
  small[y[inside], x[inside]] = _GREEN
  return small


def _fitting(name: str) -> str:
  """As much of a name's ends as fits; the drawn font has no other letters."""
  name = name.encode('ascii', 'replace').decode()
  for kept in range(len(name), 1, -1):
    head, tail = name[: kept // 2], name[len(name) - (kept + 1) // 2 :]
    text = name if kept == len(name) else f'{head}..{tail}'
    (width, _), _ = cv2.getTextSize(text, _FONT, _TEXT, 1)
    if width <= THUMBNAIL - 2:
      return text
  return name[:1]
