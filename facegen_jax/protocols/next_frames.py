"""The next three frames of held-out clips, against the last one repeated."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.levels import to_unit
from facegen_jax.data.clips import Clips
from facegen_jax.protocols import intervals
from facegen_jax.protocols.transfer import padded
from facegen_jax.systems.sslg.examples import Neutrals

STEPS = 3


class Window(NamedTuple):
  """Frames in a row from `start` on in clip number `clip`."""

  clip: int
  start: int


def windows(clips: Clips, count: int) -> list[Window]:
  """At most `count` windows of two frames and three more, spread over a clip.

  `clips` are long enough.
  """
  found = []
  for i, clip in enumerate(clips):
    last = len(clip) - 2 - STEPS
    starts = np.linspace(0, last, min(count, last + 1)).round().astype(int)
    found += [Window(i, int(start)) for start in starts]
  return found


def score(
  clips: Clips,
  neutrals: Neutrals,
  generate: Callable[..., np.ndarray],
  *,
  count: int,
  batch_size: int,
  swapped: bool,
  seed: int,
) -> dict[str, Any]:
  """Mean squared errors on pictures in [-1, 1], by step, with intervals.

  Args:
    clips: of held-out people, of 5 frames or more.
    neutrals: F_c of each.
    generate: see `unfolding.parts`.
    count: windows a clip.
    batch_size: of the generator.
    swapped: F_1 and F_2 change places.
    seed: of the bootstrap over people.
  """
  chosen = windows(clips, count)
  errors = np.concatenate(
    list(_errors(clips, neutrals, chosen, generate, batch_size, swapped))
  )
  people = [clips[w.clip].subject for w in chosen]

  def mean(name: str, values: np.ndarray) -> dict[str, float | None]:
    found = intervals.interval(values, seed=seed, groups=people)
    return intervals.described(name, found)

  rows = {}
  for i, name in enumerate(('generated', 'last frame repeated')):
    rows[name] = mean('mse', errors[:, i].mean(1))
    for k in range(errors.shape[2]):
      rows[name] |= mean(f'step_{k + 1}', errors[:, i, k])
  better = (errors[:, 0].mean(1) < errors[:, 1].mean(1)).mean()
  return {
    'windows': len(chosen),
    'of pictures in': '[-1, 1]',
    'better_share': float(better),
    'ratio': float(errors[:, 0].mean() / max(errors[:, 1].mean(), 1e-12)),
    **rows,
  }


def _errors(
  clips: Clips,
  neutrals: Neutrals,
  chosen: list[Window],
  generate: Callable[..., np.ndarray],
  batch_size: int,
  swapped: bool,
) -> Iterator[np.ndarray]:
  """Of each batch, b 2 k: generated and repeated, by step."""
  done = 0
  for part, real in padded(chosen, batch_size):
    video = np.stack([_read(clips, w) for w in part])
    two = [video[:, 1], video[:, 0]] if swapped else [video[:, 0], video[:, 1]]
    made = generate(
      constant=to_unit(np.stack([neutrals.of(clips[w.clip]) for w in part])),
      previous=two[0],
      current=two[1],
      sample=np.arange(done, done + len(part), dtype=np.int32),
      time=np.int32(0),
    )[:, :STEPS]
    truth = video[:, 2 : 2 + made.shape[1]]
    pairs = [made - truth, video[:, 1:2] - truth]
    yield np.stack([np.square(x).mean((2, 3, 4)) for x in pairs], 1)[:real]
    done += real


def _read(clips: Clips, window: Window) -> np.ndarray:
  """5 h w 3 in [-1, 1]."""
  clip, start = clips[window.clip], window.start
  span = range(start, start + 2 + STEPS)
  return to_unit(np.stack([clip.picture(i) for i in span]))
