"""Which portraits are moved by which clips.

The micro-expression paper has two sets of them: first frames of all n training
clips by all of these clips (n^2, section IV-I), and the two template faces of
MEGC 2021 by its nine drivers (section IV-E, Table II).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.data.megc2021 import MEGC2021_DRIVING
from facegen_jax.data.three_classes import CLASSES, class_of

TEMPLATES = 2
DRIVERS = 3  # a class
TEMPLATE = 'template'  # in place of a dataset, of pictures that a user gives


class Pairs(NamedTuple):
  """The pairs, in the order in which they are made.

  Attributes:
    clips: all that have a part.
    datasets: whose each of them is.
    rows: n 3 int: clip of the portrait, its frame, clip that drives.
    still: names of clips that do not drive, as they do not move.
  """

  clips: Clips
  datasets: tuple[str, ...]
  rows: np.ndarray
  still: tuple[str, ...] = ()

  def person(self, i: int) -> str:
    """Who clip i shows, 'dataset/subject'."""
    return f'{self.datasets[i]}/{self.clips[i].subject}'

  def name(self, i: int) -> str:
    """Of clip i, 'dataset/subject/clip'."""
    return f'{self.person(i)}/{self.clips[i].name}'

  def own_clip(self) -> float:
    """The share of pairs whose portrait is a frame of the driver."""
    return float((self.rows[:, 0] == self.rows[:, 2]).mean())

  def own_person(self) -> float:
    """The share of pairs whose portrait is of the person who drives."""
    people = np.array([self.person(i) for i in range(len(self.clips))])
    return float((people[self.rows[:, 0]] == people[self.rows[:, 2]]).mean())


def every(clips: Clips, dataset: str, *, seed: int, others: bool) -> Pairs:
  """First frames of all clips that have a class, by all of these clips.

  Args:
    clips: to train on.
    dataset: that they are of.
    seed: of the order; a prefix of it is a fair sample.
    others: without the pairs of one person.

  Raises:
    UserError: no clip to drive, or no pair.
  """
  known = [i for i, c in enumerate(clips) if _class(dataset, c) is not None]
  drivers = [i for i in known if len(clips[i]) > 1]
  if not drivers:
    raise UserError(
      f'none of the {len(clips)} training clips of {dataset} moves and shows '
      f'one of {", ".join(CLASSES)}: train the generator on labelled clips'
    )
  clips = Clips(clips[i] for i in known)
  place = {i: k for k, i in enumerate(known)}
  rows = _all_by_all(len(known), [place[d] for d in drivers])
  if others:
    who = np.unique([c.subject for c in clips], return_inverse=True)[1]
    rows = rows[who[rows[:, 0]] != who[rows[:, 2]]]
  if not len(rows):
    raise UserError('--pairs=cross needs 2 people to train on: take all')
  order = np.random.default_rng(seed).permutation(len(rows))
  still = [k for k, c in enumerate(clips) if len(c) < 2]
  out = Pairs(clips, (dataset,) * len(clips), rows[order])
  return out._replace(still=tuple(out.name(k) for k in still))


def _all_by_all(sources: int, drivers: list[int]) -> np.ndarray:
  source, driver = np.meshgrid(np.arange(sources), drivers, indexing='ij')
  source, driver = source.ravel(), driver.ravel()
  return np.stack([source, np.zeros_like(source), driver], 1)


def _class(dataset: str, clip: object) -> int | None:
  return class_of(dataset, clip.emotion)


def like_megc2021(clips: Clips, dataset: str, *, seed: int) -> Pairs:
  """Nine drivers on two faces at rest, of people whom training never saw.

  Three drivers a class, each of another person, and where people suffice all
  nine are; the faces are of two more people.

  Args:
    clips: held out.
    dataset: that they are of.
    seed: who.

  Raises:
    UserError: too few people, or a class that fewer than three of them show.
  """
  rng = np.random.default_rng(seed)
  people = [clips.subjects[i] for i in rng.permutation(len(clips.subjects))]
  faces, rest = people[:TEMPLATES], people[TEMPLATES:]
  of = {
    who: [i for i, c in enumerate(clips) if c.subject == who] for who in people
  }
  stills = [(of[who][0], clips[of[who][0]].neutral()) for who in faces]
  drivers = []
  for number, name in enumerate(CLASSES):
    turn = number * DRIVERS % max(len(rest), 1)
    shown = [
      [
        i
        for i in of[who]
        if len(clips[i]) > 1 and _class(dataset, clips[i]) == number
      ]
      for who in rest[turn:] + rest[:turn]
    ]
    shown = [found for found in shown if found][:DRIVERS]
    if len(shown) < DRIVERS:
      raise UserError(
        f'the driving clips of MEGC 2021 are {DRIVERS} a class by other people '
        f'than the {TEMPLATES} faces: of the {len(people)} held-out people of '
        f'{dataset} {len(shown)} remain who show {name}; raise '
        'config.data.held_out in the training'
      )
    drivers += [int(rng.choice(found)) for found in shown]
  rows = [(*still, driver) for driver in drivers for still in stills]
  return Pairs(clips, (dataset,) * len(clips), np.array(rows, np.int64))


def megc2021(given: Mapping[str, Clips], templates: Clips) -> Pairs:
  """The published drivers of the given datasets on the given faces.

  Args:
    given: all clips of a dataset each, by its name.
    templates: clips of one frame.

  Raises:
    UserError: a driver that its dataset lacks, or datasets that have none.
  """
  clips, datasets = list(templates), [TEMPLATE] * len(templates)
  for person, name in MEGC2021_DRIVING:
    if person.database not in given:
      continue
    found = [
      c
      for c in given[person.database]
      if (c.subject, c.name) == (person.subject, name)
    ]
    if not found:
      raise UserError(
        f'{person.database} lacks the driving clip {name} of '
        f'{person.subject}, one of the nine of MEGC 2021: see what '
        'facegen_jax.data.prepare --report says of your copy'
      )
    clips.append(found[0])
    datasets.append(person.database)
  faces, drivers = range(len(templates)), range(len(templates), len(clips))
  if not drivers:
    names = ', '.join(sorted({p.database for p, _ in MEGC2021_DRIVING}))
    raise UserError(
      f'the drivers of MEGC 2021 are clips of {names}; the run is of '
      f'{", ".join(given)}'
    )
  rows = [(face, 0, driver) for driver in drivers for face in faces]
  return Pairs(Clips(clips), tuple(datasets), np.array(rows, np.int64))
