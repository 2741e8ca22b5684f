"""The reconstruction experiment of a trained run, on held-out people.

The neutral picture and the label of each of their clips become a clip again,
which is scored against it; beside it, the neutral picture that does not move.
"""

from collections.abc import Callable, Iterator
import pathlib
from typing import Any, NamedTuple

from absl import logging
import numpy as np
from PIL import Image

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.core.writer import sheet
from facegen_jax.data import encode, to_apex
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.progress import Counted
from facegen_jax.data.vocabulary import EMOTIONS
from facegen_jax.protocols import judge as judges
from facegen_jax.protocols import reconstruction, reconstruction_results
from facegen_jax.protocols.judge import Judge
from facegen_jax.protocols.labelled import Who
from facegen_jax.protocols.reconstruction import Options, Scored
from facegen_jax.protocols.transfer import padded

MADE, STILL = 'generated', 'neutral picture, still'

_COLUMNS = 8  # moments of a clip on a sheet
_WORST = 6  # clips that are shown on their own

Generate = Callable[..., np.ndarray]


class Made(NamedTuple):
  """A held-out clip and what was made of it, t h w 3 uint8."""

  clip: Clip
  truth: np.ndarray
  made: np.ndarray


def evaluate(
  config: Any,
  clips: Clips,
  generate: Generate,
  folder: pathlib.Path,
  *,
  judge: Callable[[], Judge],
  **_: Any,
) -> dict[str, Any]:
  """Scores every labelled clip of held-out people; sheets into `folder`.

  Args:
    config: the run's.
    clips: of held-out people.
    generate: `(picture=, label=) -> clip`, b t h w 3 in [-1, 1].
    folder: for `sheet.png`, `expressions.png`, `clip.mp4`.
    judge: says who and which expression clips show.
  """
  c = config.evaluate
  if not len(clips):
    raise UserError('no clip is held out: raise config.data.held_out')
  known = to_apex.labelled(clips, config.data.until)
  who, options = judge(), Options()
  options = options._replace(extractor=who.identity)
  scored = Scored({MADE: [], STILL: []}, {MADE: {}, STILL: {}})
  said, shown, worst, progress = ([], []), [], [], Counted('clips')
  for i, one in enumerate(_made(config, known, generate), 1):
    value = _score(one, options, scored)
    worst = sorted([*worst, (value, i, one)], key=lambda x: x[:2])[:_WORST]
    if who.expression is not None:
      for names, clip in zip(said, (one.truth, one.made), strict=True):
        names.append(judges.named(who.expression, clip))
    if i % max(len(known) // c.rows, 1) == 0 and len(shown) < c.rows:
      shown.append(one)
    progress('scored', i, len(known))
  results = reconstruction_results.results(
    scored, options, who=_who(known), seed=c.seed
  )
  if who.expression is not None:
    labels = [clip.emotion_id for clip in known]
    results['expression'] = {
      'extractor': who.expression.name,
      'licence': who.expression.licence,
      'real': judges.recognised(said[0], labels),
      MADE: judges.recognised(said[1], labels),
    }
  _pictures(folder, shown)
  _expressions(folder, config, known, generate)
  results['worst'] = _worst(folder, worst)
  results['columns'] = [
    f'real above generated: {_COLUMNS} moments from neutral to apex'
  ]
  return results


def _made(config: Any, clips: Clips, generate: Generate) -> Iterator[Made]:
  """What is made of every clip, in batches of one shape."""
  data = config.data
  for part, real in padded(list(clips), config.evaluate.batch_size):
    truth = [to_apex.to_apex(x, data.clip_frames, data.until) for x in part]
    made = to_uint8(_generated(generate, [x[0] for x in truth], part))
    for i in range(real):
      yield Made(part[i], truth[i], made[i])


def _generated(
  generate: Generate, pictures: list[np.ndarray], clips: list[Clip]
) -> np.ndarray:
  labels = np.array([clip.emotion_id for clip in clips], np.int32)
  return generate(picture=to_unit(np.stack(pictures)), label=labels)


def _score(one: Made, options: Options, scored: Scored) -> float:
  """Adds the scores of a clip; PSNR of what was generated."""
  truth = reconstruction.described(one.truth, options)
  still = np.broadcast_to(one.truth[:1], one.truth.shape)
  for method, clip in ((MADE, one.made), (STILL, still)):
    scored.scores[method].append(
      reconstruction.scores(_name(one.clip), truth, clip, options)
    )
  return scored.scores[MADE][-1].psnr


def _name(clip: Clip) -> str:
  return f'{clip.subject}/{clip.name}'


def _who(clips: Clips) -> Who:
  return Who(
    {_name(clip): EMOTIONS[clip.emotion_id] for clip in clips},
    {_name(clip): clip.subject for clip in clips},
  )


def _strip(clip: np.ndarray) -> list[np.ndarray]:
  """Moments of t h w 3 uint8, in [-1, 1]."""
  times = np.linspace(0, len(clip) - 1, _COLUMNS).round().astype(int)
  return list(to_unit(clip[times]))


def _pictures(folder: pathlib.Path, shown: list[Made]) -> None:
  rows = [_strip(x) for one in shown for x in (one.truth, one.made)]
  Image.fromarray(sheet(rows)).save(folder / 'sheet.png')


def _worst(folder: pathlib.Path, found: list) -> list[dict[str, Any]]:
  """The clips furthest from the real ones, each with its strips."""
  told = []
  for number, (value, _, one) in enumerate(found, 1):
    path = folder / f'worst_{number}.png'
    rows = [_strip(x) for x in (one.truth, one.made)]
    Image.fromarray(sheet(rows)).save(path)
    told.append(
      {
        'name': _name(one.clip),
        'metric': 'psnr',
        'value': value,
        'picture': path.name,
      }
    )
  return told


def _expressions(
  folder: pathlib.Path, config: Any, clips: Clips, generate: Generate
) -> None:
  """Six expressions of one person over time, as a sheet and as a clip."""
  first = to_apex.to_apex(clips[0], 2, config.data.until)[0]
  picture = to_unit(np.stack([first] * len(EMOTIONS)))
  made = generate(picture=picture, label=np.arange(len(EMOTIONS)))
  rows = [_strip(clip) for clip in to_uint8(made)]
  Image.fromarray(sheet(rows)).save(folder / 'expressions.png')
  frames = [sheet([list(made[:, t])]) for t in range(made.shape[1])]
  height, width, _ = frames[0].shape
  with encode.Writer(
    folder / 'clip.mp4', rate=25, width=width, height=height
  ) as writer:
    for frame in frames:
      writer.write(frame)
  logging.info('six expressions of %s: %s', _name(clips[0]), folder)


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them."""
  lines = [
    f'clips of held-out people, step {results["step"]}, of '
    + ', '.join(filter(None, results['data'].values())),
    reconstruction_results.text(results),
  ]
  if 'expression' in results:
    e = results['expression']
    lines += [
      f'expression recognised: {e[MADE]["accuracy"]:.3f} of '
      f'{e[MADE]["clips"]} generated clips, {e["real"]["accuracy"]:.3f} of the '
      'real ones',
      f'  by {e["extractor"]}',
    ]
  return '\n'.join(lines)
