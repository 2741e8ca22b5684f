"""Expression transfer between people whom training never saw.

AIP-GAN's two figures (section 4.3) on pairs of held-out people, and, where a
dataset can show the truth, the distance to it.
"""

from collections.abc import Callable, Iterator
import math
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.data.clips import Clips
from facegen_jax.metrics import image, similarity
from facegen_jax.metrics.extractors.extractor import Extractor, features

CHANGED = 0.1  # a pixel that the truth moves by more, on a scale of [0, 1]


class Pair(NamedTuple):
  """Clip and frame of the source, clip and frame of the target."""

  source: tuple[int, int]
  target: tuple[int, int]


class Labels(NamedTuple):
  """Of every pair: who source and target are, and the source's expression."""

  source_subject: list[str]
  target_subject: list[str]
  source_emotion: list[int]


class Pictures(NamedTuple):
  """All pairs' pictures, each n h w 3 in [-1, 1]; truth may be None."""

  source: np.ndarray
  target: np.ndarray
  result: np.ndarray
  truth: np.ndarray | None


def pairs(
  clips: Clips,
  *,
  count: int,
  per_source: int,
  seed: int,
  neutral: bool = False,
) -> list[Pair]:
  """Pairs of different people: expressive sources, targets of any frame.

  Args:
    clips: of held-out people.
    count: at most so many.
    per_source: targets a source, 10 in the paper.
    seed: of every choice.
    neutral: targets are the neutral frames of their clips instead.
  """
  if len(clips.subjects) < 2:
    raise UserError(
      f'{len(clips.subjects)} person is held out: transfer needs 2, raise '
      'config.data.held_out'
    )
  rng = np.random.default_rng(seed)
  sources = [(i, int(t)) for i, c in enumerate(clips) for t in _expressive(c)]
  out = []
  for s in rng.permutation(len(sources)):
    subject = clips[sources[s][0]].subject
    others = [i for i, c in enumerate(clips) if c.subject != subject]
    for i in rng.choice(others, per_source):
      t = int(rng.integers(len(clips[i])))
      t = clips[i].neutral() if neutral else t
      out.append(Pair(sources[s], (int(i), t)))
    if len(out) >= count:
      break
  return out[:count]


def _expressive(clip: Any) -> np.ndarray:
  marked = np.flatnonzero(clip.labels() >= 0)
  return marked if len(marked) else np.arange(len(clip))


def labels(clips: Clips, chosen: list[Pair]) -> Labels:
  """What the pairs show."""
  return Labels(
    [clips[p.source[0]].subject for p in chosen],
    [clips[p.target[0]].subject for p in chosen],
    [int(clips[p.source[0]].labels()[p.source[1]]) for p in chosen],
  )


def pictures(
  clips: Clips,
  chosen: list[Pair],
  generate: Callable[..., np.ndarray],
  truth: Callable[[Clips, list[Pair]], np.ndarray] | None,
  batch_size: int,
  further: Callable[[list[Pair]], dict[str, np.ndarray]] | None = None,
) -> Pictures:
  """Generates for every pair, in batches of one shape (the last is padded).

  `generate(source=, target=, **further(pairs))` gives the results.
  """
  rows = []
  for part, real in padded(chosen, batch_size):
    source = _read(clips, [p.source for p in part])
    target = _read(clips, [p.target for p in part])
    more = further(part) if further else {}
    made = generate(source=source, target=target, **more)
    true = truth(clips, part) if truth else target
    rows.append([x[:real] for x in (source, target, made, true)])
  columns = [np.concatenate(c) for c in zip(*rows, strict=True)]
  return Pictures(*columns[:3], columns[3] if truth else None)


def padded(items: list, size: int) -> Iterator[tuple[list, int]]:
  """Batches of one size, the last filled up, and how many of each count."""
  for i in range(0, len(items), size):
    part = items[i : i + size]
    yield part + part[-1:] * (size - len(part)), len(part)


def _read(clips: Clips, frames: list[tuple[int, int]]) -> np.ndarray:
  pictures = np.stack([clips[c].picture(i) for c, i in frames])
  return to_unit(pictures)


def paper_figures(
  shown: Pictures,
  labels: Labels,
  identity: Extractor,
  expression: Extractor,
  false_accept_rate: float,
) -> dict[str, Any]:
  """Face verification rate and expression similarity.

  Args:
    shown: pictures of all pairs.
    labels: who and which expression they show.
    identity: embeds who it is.
    expression: embeds which expression.
    false_accept_rate: fixes the threshold on the real pictures of the same
      pairs: the paper's 0.68 belongs to VGG-Face alone.
  """
  source, target = (_rows(identity, x) for x in shown[:2])
  limit = similarity.calibrate(
    *_verification_scores(
      np.concatenate([source, target]),
      np.array(labels.source_subject + labels.target_subject),
    ),
    far=false_accept_rate,
  )

  def verified(made: np.ndarray) -> similarity.Verification:
    scores = np.asarray(similarity.cosine(made, target))
    return similarity.verification(scores, limit.threshold)

  e_source = _rows(expression, shown.source)

  def similar(x: np.ndarray) -> similarity.Similarity:
    return similarity.expression_similarity(
      e_source, _rows(expression, x), np.array(labels.source_emotion)
    )

  return {
    'face_verification': {
      'extractor': identity.name,
      'licence': identity.licence,
      'calibration': limit._asdict(),
      'result': verified(_rows(identity, shown.result))._asdict(),
      'source_unchanged': verified(source)._asdict(),
    },
    'expression_similarity': {
      'extractor': expression.name,
      'licence': expression.licence,
      'result': similar(shown.result)._asdict(),
      'target_unchanged': similar(shown.target)._asdict(),
    },
  }


def _rows(extractor: Extractor, pictures: np.ndarray) -> np.ndarray:
  """Features of n h w 3 in [-1, 1]."""
  return features(extractor, to_uint8(pictures)).rows


def _verification_scores(
  embedded: np.ndarray, names: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
  """Cosines of all genuine and of all impostor pairs."""
  unit = embedded / np.linalg.norm(embedded, axis=1, keepdims=True)
  cosine = unit @ unit.T
  above = np.triu(np.ones_like(cosine, bool), 1)
  same = names[:, None] == names[None]
  return cosine[above & same], cosine[above & ~same]


def changed_psnr(shown: Pictures) -> np.ndarray:
  """Of each result, dB over the pixels that the truth changes; NaN = none."""
  moved = _moved(shown)
  return np.asarray(
    image.psnr(shown.result, shown.truth, mask=moved[..., None])
  )


def worst(shown: Pictures, count: int) -> list[tuple[int, float]]:
  """Pairs of the lowest `changed_psnr`, and theirs; none without a truth."""
  if shown.truth is None:
    return []
  values = changed_psnr(shown)
  order = [int(i) for i in np.argsort(values) if not np.isnan(values[i])]
  return [(i, float(values[i])) for i in order[:count]]


def _moved(shown: Pictures) -> np.ndarray:
  """Where the truth differs from the target, n h w bool."""
  return np.abs(shown.truth - shown.target).max(-1) / 2 > CHANGED


def _mean_psnr(x: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float:
  """Over the pixels n h w of a mask; NaN of no picture."""
  if not len(x):
    return math.nan
  return float(np.mean(image.psnr(x, truth, mask=mask[..., None])))


def truth_figures(shown: Pictures) -> dict[str, Any]:
  """Distance to the truth, beside that of doing nothing.

  `changed_psnr`: dB over the pixels where truth and target differ by more than
  `CHANGED` (NaN where no pair does); `ssim`: of the whole picture. Means over
  pairs.
  """
  if shown.truth is None:
    return {}
  moved = _moved(shown)
  some = moved.any((1, 2))

  def figures(x: np.ndarray) -> dict[str, float]:
    return {
      'changed_psnr': _mean_psnr(x[some], shown.truth[some], moved[some]),
      'psnr': float(np.mean(image.psnr(x, shown.truth))),
      'ssim': float(np.mean(image.ssim(x, shown.truth))),
    }

  return {
    'result': figures(shown.result),
    'target_unchanged': figures(shown.target),
    'source_unchanged': figures(shown.source),
    'pairs_that_change': int(some.sum()),
    'changed_share': float(moved.mean()),
  }
