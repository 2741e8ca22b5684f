"""Table VI: recognisers tell what generated clips show.

The micro-expression paper's automatic evaluation (section IV-H): three
backbones, trained on people of whom nothing is tested, judge the 18 clips of
MEGC 2021, whose class is the driver's, and the nine drivers themselves.
"""

from collections.abc import Sequence
import pathlib
from typing import Any

import numpy as np

from facegen_jax import recognition_runs, runs
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets, generated
from facegen_jax.data.clips import Clips
from facegen_jax.data.three_classes import CLASSES, class_of
from facegen_jax.finished_runs import run
from facegen_jax.micro import generators
from facegen_jax.micro.plan import Plan
from facegen_jax.protocols import over_seeds, recognition
from facegen_jax.recognition_runs import Row
from facegen_jax.systems.recognition.examples import Labelled
from facegen_jax.transfers import chosen

REAL = 'real drivers'
_FIGURES = ('macro_f1', 'accuracy')
_TITLES = {'macro_f1': 'macro-F1', 'accuracy': 'accuracy'}


def automatic(plan: Plan) -> dict[str, Any]:
  """Every variant's clips and the real drivers, by each backbone.

  Raises:
    UserError: a recogniser was trained on somebody who drives.
  """
  found: dict[str, dict[str, list]] = {}
  counts = {}
  for seed in range(plan.config.automatic.seeds):
    tested = _tested(plan, seed)
    tested[REAL], people = _drivers(plan, seed)
    if _row_of(plan).weight:
      generators.clips(plan, plan.config.automatic.augmented_by, seed)
    for kind in plan.kinds:
      judge = _judge(plan, kind, seed, people)
      for name, known in tested.items():
        scores = _scores(judge, known)
        found.setdefault(name, {}).setdefault(kind, []).append(scores)
        counts[name] = scores['clips']
  return {
    'protocol': 'automatic evaluation (Table VI), '
    f'{plan.config.automatic.seeds} seeds of split, generator and recogniser',
    'recognisers': _trained_on(plan),
    'kinds': list(plan.kinds),
    'clips': counts,
    'warnings': [_warning(counts)],
    'rows': {name: _row(by_kind) for name, by_kind in found.items()},
  }


def _tested(plan: Plan, seed: int) -> dict[str, Labelled]:
  """The clips of each variant."""
  tested = {}
  for variant in plan.variants:
    folder, data = generators.megc2021(plan, variant, seed), plan.config.data
    size = plan.generator(variant, seed).data.size
    made = generated.read(folder, dataset=data.name, size=size)
    tested[variant] = _labelled(made.clips, [c.subject for c in made.clips])
  return tested


def _drivers(plan: Plan, seed: int) -> tuple[Labelled, set[str]]:
  """The real drivers; and everybody, 'dataset/subject', who is tested."""
  config = plan.generator(plan.variants[0], seed)
  data, wanted = datasets.load(config.data), generators.drivers(plan, seed)
  pairs = chosen.pairs(config, data, wanted)
  driving = list(dict.fromkeys(pairs.rows[:, 2].tolist()))
  known = _labelled(
    Clips(pairs.clips[i] for i in driving), [pairs.person(i) for i in driving]
  )
  who = {pairs.person(i) for i in pairs.rows[:, [0, 2]].ravel().tolist()}
  return known, who


def _labelled(clips: Clips, people: Sequence[str]) -> Labelled:
  """Classes by the words of the dataset of each 'dataset/subject'."""
  labels = []
  for person, clip in zip(people, clips, strict=True):
    labels.append(class_of(person.partition('/')[0], clip.emotion))
    if labels[-1] is None:
      raise UserError(
        f'{person}/{clip.name} drives and is labelled {clip.emotion!r}, which '
        f'is none of {", ".join(CLASSES)}: mend the label in your copy'
      )
  return Labelled(clips, np.array(labels, np.int32))


def _row_of(plan: Plan) -> Row:
  """The row of Table VII whose recognisers judge, which are shared with it."""
  weight = float(plan.config.automatic.weight)
  return Row('', weight if plan.config.automatic.augmented_by else 0.0)


def _judge(plan: Plan, kind: str, seed: int, tested: set[str]) -> pathlib.Path:
  """The folder of a trained recogniser that has seen nobody who is tested."""
  variant = plan.config.automatic.augmented_by or plan.variants[0]
  config, place = recognition_runs.of_row(
    plan.recogniser(kind),
    plan.recognised(kind),
    _row_of(plan),
    seed,
    str(plan.made(variant, '{seed}')),
  )
  both = tested & set(run(config, place)['trained_on'])
  if both:
    raise UserError(
      f'{place} was trained on {min(both)}, who has a part in the clips of '
      'MEGC 2021: set --config.data.keep_out=megc2021_people'
    )
  return place


def _scores(judge: pathlib.Path, known: Labelled) -> dict[str, Any]:
  system, state, config = runs.open_generator(judge)
  found = recognition.of_labelled(config, known, runs.generator(system, state))
  return recognition.figures(found) | {
    'predictions': [p._asdict() for p in found]
  }


def _row(by_kind: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
  """Each backbone's mean over the seeds, and the mean over backbones."""
  out = {'by_kind': by_kind}
  for figure in _FIGURES:
    each = {
      kind: float(np.mean([scores[figure] for scores in runs]))
      for kind, runs in by_kind.items()
    }
    seeds = np.mean([[s[figure] for s in r] for r in by_kind.values()], 0)
    out[figure] = {'by_kind': each} | over_seeds.spread(seeds)
  return out


def _trained_on(plan: Plan) -> str:
  variant, row = plan.config.automatic.augmented_by, _row_of(plan)
  told = 'trained on real clips of other people than the drivers'
  if not row.weight:
    return told + ' alone'
  return (
    f'{told} and on clips by {variant}, lambda {row.weight:g}: its rows are '
    'judged by who has seen its hand'
  )


def _warning(counts: dict[str, int]) -> str:
  sizes = sorted(set(counts.values()), reverse=True)
  told = ' or '.join(f'{100 / n:.0f} ({n} clips)' for n in sizes)
  return f'one clip moves an accuracy by {told} points'


def table(results: dict[str, Any]) -> str:
  """Table VI as a person reads it."""
  kinds = results['kinds']
  head = ''.join(f'{k:>14}' for k in (*kinds, 'mean'))
  lines = [results['protocol'], f'  recognisers {results["recognisers"]}']
  for figure, title in _TITLES.items():
    lines.append(f'{title:<20}{"clips":>6}{head}')
    for name, row in results['rows'].items():
      cells = [*row[figure]['by_kind'].values(), row[figure]['mean']]
      text = ''.join(f'{x:>14.3f}' for x in cells)
      lines.append(f'  {name:<18}{results["clips"][name]:>6}{text}')
  return '\n'.join(lines + results['warnings'])
