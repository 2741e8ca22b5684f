"""How quickly codes are found, and from where (Figures 6 and 7).

The paper starts from v and from a random code, with its loss of features and
an older one of pixels; the mean code is the fair start to beat.
"""

from collections.abc import Callable, Mapping
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from facegen_jax.core.levels import to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.protocols.rows import Column, table
from facegen_jax.systems.au_transfer.encoding import Encoded, How

PIXELS = 'random, pixels'  # the older method: equation 1 is not seen
WAYS = ('v', 'mean', 'random', PIXELS)
SHARES = (0.5, 0.25)  # of the loss at the mean code, beside the threshold
PICTURE = 'encoding.png'

COLUMNS = (
  Column('first', 'first loss', '.4f'),
  Column('last', 'last loss', '.4f'),
  Column('last_share', 'of the mean code', '.3f'),
  Column('reached', 'under the threshold', '.2f'),
  Column('updates', 'updates, median', 'g'),
  Column('v_sooner', 'v is sooner', '.2f'),
)

Encode = Callable[..., Encoded]  # pictures, start, keep, seed=, how=


def evaluate(
  encode: Encode,
  render: Callable[[np.ndarray], np.ndarray],
  how: How,
  pictures: np.ndarray,
  folder: pathlib.Path,
  *,
  ways: tuple[str, ...] = WAYS,
  rows: int = 2,
  seed: int = 0,
) -> dict[str, Any]:
  """Encodes pictures in each way to the last update; `PICTURE` into `folder`.

  Args:
    encode: `Encoder` of the run.
    render: codes n L w to pictures n s s 3 uint8.
    how: of the run; nothing stops early here.
    pictures: n s s 3 uint8, held out.
    folder: for the sheet.
    ways: of `WAYS`; without 'mean' no share of its loss is told.
    rows: pictures on the sheet.
    seed: of random starts.
  """
  keep, found = moments(how.iterations), {}
  for way in ways:
    how_now = how._replace(stop=False)
    if way == PIXELS:
      how_now = how_now._replace(feature=0.0, pixels=1.0, conv=0.0, pull=0.0)
    start = 'random' if way == PIXELS else way
    found[way] = encode(pictures, start, keep, seed=seed, how=how_now)
  shown = {way: drawn(render, one, rows) for way, one in found.items()}
  draw(folder / PICTURE, pictures[:rows], shown)
  return {
    'encoding': told(found, how.threshold),
    'encoding_curves': [curve({w: x.trace for w, x in found.items()})],
  }


def moments(iterations: int) -> tuple[int, ...]:
  """0, 1, 2, 4 ... and the last update."""
  powers = [2**k for k in range(iterations.bit_length())]
  return tuple(sorted({0, *powers, iterations}))


def told(found: Mapping[str, Encoded], threshold: float) -> dict[str, Any]:
  """Figures by way: means over pictures, and medians of updates.

  `updates` to the threshold and to shares of the loss at the mean code count
  a picture that never comes there as later than all; null where the median is
  such a one. `v_sooner`: pictures that v brings under the threshold in fewer
  updates, of those that either does.
  """
  mean = found['mean'].trace[:, 0] if 'mean' in found else None
  rows = {}
  for way, one in found.items():
    row = {
      'first': float(one.trace[:, 0].mean()),
      'last': float(one.loss.mean()),
      'reached': float((one.reached >= 0).mean()),
      'updates': _median(one.reached),
      'pictures': len(one.loss),
      'threshold': threshold,
    }
    if mean is not None:
      row['last_share'] = float((one.loss / mean).mean())
      for share in SHARES:
        under = one.trace < share * mean[:, None]
        first = np.where(under.any(1), under.argmax(1), -1)
        row[f'updates_to_{share:g}'] = _median(first)
    if way != 'v' and 'v' in found:
      row['v_sooner'] = _sooner(found['v'].reached, one.reached)
    rows[way] = row
  return rows


def _median(updates: np.ndarray) -> float | None:
  middle = float(np.median(np.where(updates < 0, np.inf, updates)))
  return middle if np.isfinite(middle) else None


def _sooner(a: np.ndarray, b: np.ndarray) -> float | None:
  a, b = (np.where(x < 0, np.inf, x) for x in (a, b))
  either = np.isfinite(np.minimum(a, b))
  return float((a < b)[either].mean()) if either.any() else None


def curve(traces: Mapping[str, np.ndarray]) -> dict[str, Any]:
  """Figure 6 for the report: the mean loss by pictures drawn so far."""
  means = {way: trace.mean(0).round(6) for way, trace in traces.items()}
  count = len(next(iter(means.values())))
  return {
    'name': 'loss while a code is looked for, mean over pictures',
    'x': list(range(1, count + 1)),
    'x_name': 'pictures drawn, 1 = the start',
    'x_log2': True,
    'series': {way: values.tolist() for way, values in means.items()},
  }


def draw(
  path: pathlib.Path,
  pictures: np.ndarray,
  shown: Mapping[str, np.ndarray],
) -> None:
  """Figure 7: for each picture a row a way, the picture at the left.

  Args:
    path: a PNG.
    pictures: n s s 3 uint8.
    shown: way -> n k s s 3 uint8, after each of `moments`.
  """
  rows = [
    [to_unit(x) for x in (picture, *way[i])]
    for i, picture in enumerate(pictures)
    for way in shown.values()
  ]
  Image.fromarray(sheet(rows)).save(path)


def drawn(render: Callable, one: Encoded, rows: int) -> np.ndarray:
  """What the kept codes of the first pictures show, n k s s 3 uint8."""
  kept = one.kept[:rows]
  made = render(kept.reshape(-1, *kept.shape[2:]))
  return made.reshape(*kept.shape[:2], *made.shape[1:])


def text(rows: Mapping[str, Any]) -> str:
  """The figures of `told` as a person reads them."""
  return '\n'.join(table(rows, COLUMNS))
