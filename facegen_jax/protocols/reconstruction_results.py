"""The reconstruction experiment's figures: for JSON, and as tables."""

from collections.abc import Callable, Mapping, Sequence
import math
from typing import Any

from facegen_jax.metrics import consistency
from facegen_jax.metrics.image import PSNR_CAP
from facegen_jax.protocols import frames, intervals
from facegen_jax.protocols.labelled import NOBODY, Who
from facegen_jax.protocols.reconstruction import Options, Own, Scored, Scores
from facegen_jax.protocols.rows import Column, table

COLUMNS = (
  Column('clips', 'clips', 'd'),
  Column('identical', 'identical', 'd'),
  Column('psnr', 'PSNR dB', '.2f'),
  Column('ssim', 'SSIM', '.4f'),
  Column('moving_psnr', 'moving PSNR dB', '.2f'),
  Column('masked_clips', 'on black', 'd'),
  Column('masked_psnr', 'face PSNR dB', '.2f'),
  Column('masked_ssim', 'face SSIM', '.4f'),
  Column('acd', 'ACD', '.3f'),
  Column('acd_i', 'ACD-I', '.3f'),
  Column('flicker', 'flicker', '.2f'),
  Column('real_flicker', 'real flicker', '.2f'),
)


def results(
  scored: Scored, options: Options, *, who: Who = NOBODY, seed: int
) -> dict[str, Any]:
  """All figures, means with their 95 % interval, for `results.json`.

  Args:
    scored: of `reconstruction.score`.
    options: it was given.
    who: emotions make a table each; with a subject for every clip, intervals
      draw people.
    seed: of the intervals.
  """
  people = _people(scored, who)

  def rows(keep: Callable[[str], bool]) -> dict[str, dict[str, Any]]:
    kept = {
      method: [s for s in scores if keep(s.name)]
      for method, scores in scored.scores.items()
    }
    return _rows({k: v for k, v in kept.items() if v}, people, seed)

  names = {s.name for scores in scored.scores.values() for s in scores}
  emotions = sorted({who.emotion.get(name, '') for name in names} - {''})
  told = {'same_clips': _same_clips(scored)}
  if emotions:
    told['by_emotion'] = {
      e: rows(lambda name, e=e: who.emotion.get(name) == e) for e in emotions
    }
  return {
    'protocol': 'reconstruction',
    'definitions': definitions(options, people, seed),
    'methods': rows(lambda _: True),
    **told,
    'left_out': scored.left_out,
  }


def definitions(
  options: Options, people: Mapping[str, str] | None, seed: int
) -> dict[str, str]:
  """What each figure is, and who measured it."""
  how = (
    "of the clip's mean squared error" if options.pooled else 'mean over frames'
  )
  told = {
    'psnr': f'{how}, then over clips; identical frames count {PSNR_CAP:g} dB',
    'ssim': 'Wang 2004, RGB, 11x11 Gaussian; mean over frames, then clips',
    'masked': 'the same over what is not black background in the real frame '
    f'(above {frames.BLACK} of 255, or enclosed), a frame counting alike; only '
    'clips with such a background',
    'moving_psnr': 'over the pixels of a real clip that leave its first frame '
    f'by more than {frames.MOVES:g} of the range, of their mean squared error',
    'flicker': 'mean difference of successive frames, grey levels of 255',
    'interval': f'95 %, bootstrap over {"people" if people else "clips"}, '
    f'{intervals.DRAWS} draws, seed {seed}',
  }
  if options.resize:
    told['resize'] = 'generated clips, by pixel areas to shrink, cubic to grow'
  if options.resample:
    told['resample'] = 'generated clips, linear in time to the real length'
  if options.extractor is not None:
    told['acd'] = 'mean L2 distance of consecutive frames; squared beside it'
    told['acd_i'] = "mean L2 distance to the real clip's first frame"
    told['extractor'] = options.extractor.name
    told['licence'] = options.extractor.licence
  return told


def text(found: Mapping[str, Any]) -> str:
  """The tables, the definitions and what was left out."""
  lines = table(found['methods'], COLUMNS)
  for emotion, rows in found.get('by_emotion', {}).items():
    lines += ['', emotion, *table(rows, COLUMNS)]
  lines += ['', *(f'{k}: {v}' for k, v in found['definitions'].items())]
  if not found['same_clips']:
    lines.append('methods were scored on different clips: do not rank them')
  return '\n'.join([*lines, *left_out(found['left_out'])])


def left_out(reasons: Mapping[str, Mapping[str, str]]) -> list[str]:
  """A line a method: how many clips take no part, and the first few."""
  lines = []
  for method, clips in reasons.items():
    if clips:
      shown = [f'{name}: {reason}' for name, reason in list(clips.items())[:5]]
      more = ', ...' if len(clips) > 5 else ''
      lines.append(
        f'{method}: {len(clips)} left out ({"; ".join(shown)}{more})'
      )
  return lines


def _people(scored: Scored, who: Who) -> Mapping[str, str] | None:
  """Subjects by clip, if every clip has one."""
  names = {s.name for scores in scored.scores.values() for s in scores}
  return who.subject if all(who.subject.get(name) for name in names) else None


def _same_clips(scored: Scored) -> bool:
  sets = [{s.name for s in scores} for scores in scored.scores.values()]
  return all(names == sets[0] for names in sets)


def _rows(
  scores: Mapping[str, list[Scores]],
  people: Mapping[str, str] | None,
  seed: int,
) -> dict[str, dict[str, Any]]:
  """A row a method, and one of the real clips that any of them has."""

  def mean(name: str, of: Sequence[tuple[str, float]]) -> dict[str, Any]:
    groups = [people[clip] for clip, _ in of] if people else None
    values = [value for _, value in of]
    found = intervals.interval(values, seed=seed, groups=groups)
    return intervals.described(name, found)

  rows = {method: _row(one, mean) for method, one in scores.items()}
  real = {s.name: s.truth for one in scores.values() for s in one}
  return {**rows, 'real': {'clips': len(real), **_own(real, mean)}}


def _row(scores: list[Scores], mean: Callable) -> dict[str, Any]:
  def of(key: str) -> dict[str, Any]:
    return mean(key, [(s.name, getattr(s, key)) for s in scores])

  row = {
    'clips': len(scores),
    **{k: sum(getattr(s, k) for s in scores) for k in ('frames', 'identical')},
    **{k: sum(getattr(s, k) for s in scores) for k in ('resized', 'resampled')},
    **of('psnr'),
    **of('ssim'),
    **of('moving_psnr'),
  }
  masked = sum(not math.isnan(s.masked_psnr) for s in scores)
  if masked:
    row |= {'masked_clips': masked, **of('masked_psnr'), **of('masked_ssim')}
  real = mean('real_flicker', [(s.name, s.truth.flicker) for s in scores])
  return row | _own({s.name: s.own for s in scores}, mean) | real


def _own(clips: Mapping[str, Own], mean: Callable) -> dict[str, Any]:
  """Figures of clips by themselves."""
  row = mean('flicker', [(name, own.flicker) for name, own in clips.items()])
  for key in ('acd', 'acd_i'):
    found = {name: getattr(own, key) for name, own in clips.items()}
    if any(found.values()):
      row |= mean(key, [(name, one.plain) for name, one in found.items()])
      total = consistency.over_clips(list(found.values()))
      row[f'{key}_squared'] = intervals.finite(total.squared)
      row[f'{key}_clips'] = total.clips
      row['without_face'] = total.missing
  return row
