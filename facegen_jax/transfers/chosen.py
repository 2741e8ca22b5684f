"""The pairs that a user wants of a trained run."""

from collections.abc import Mapping, Sequence
import hashlib
import pathlib
from typing import Any, NamedTuple

import ml_collections
import numpy as np

from facegen_jax.animation import portrait
from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import datasets, faces, pictures, vocabulary
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.folds import Person
from facegen_jax.data.megc2021 import MEGC2021_DRIVING
from facegen_jax.transfers import pairs as pairs_lib
from facegen_jax.transfers.pairs import Pairs

KINDS = ('all', 'cross', 'megc2021')
_OF_MEGC2021 = {person.database for person, _ in MEGC2021_DRIVING}


class Wanted(NamedTuple):
  """What a user asks for.

  Attributes:
    kind: 'all', n^2; 'cross', those of two people; 'megc2021', 18.
    seed: of the order, or of who takes the part of drivers and templates.
    count: a prefix of the order, 0 = all.
    templates: pictures of faces at rest, where the datasets are MEGC 2021's.
    drivers: folders of further datasets that hold drivers, by name.
    face_landmarker: MediaPipe's model file, for the templates.
  """

  kind: str = 'all'
  seed: int = 0
  count: int = 0
  templates: tuple[str, ...] = ()
  drivers: Mapping[str, str] = {}
  face_landmarker: str | None = None

  def told(self) -> dict[str, Any]:
    """What decides the pictures; the templates by their content."""
    files = [pathlib.Path(path) for path in self.templates]
    marks = [
      f'{f.stem} {hashlib.sha256(f.read_bytes()).hexdigest()[:12]}'
      for f in files
      if f.is_file()
    ]
    return {
      'pairs': self.kind,
      'seed': self.seed,
      'templates': marks,
      'drivers': sorted(self.drivers),
    }


def named(words: Sequence[str], flag: str) -> dict[str, str]:
  """Folders by dataset of DATASET=FOLDER words.

  Raises:
    UserError: another word, or a dataset that drives nothing.
  """
  found = {}
  for word in words:
    name, _, folder = word.partition('=')
    if name not in _OF_MEGC2021 or not folder or name in found:
      raise UserError(
        f'{flag}={word}: write DATASET=FOLDER, each of '
        f'{", ".join(sorted(_OF_MEGC2021))} at most once'
      )
    found[name] = folder
  return found


def pairs(config: Any, data: datasets.Dataset, wanted: Wanted) -> Pairs:
  """Pairs of clips of the run's dataset.

  Args:
    config: the run's.
    data: what it was trained on and what it has not seen.
    wanted: see there.

  Raises:
    UserError: there are no such pairs, or the run has seen a driver.
  """
  name = config.data.name
  if wanted.kind != 'megc2021':
    train = [clip for clip in data.train if not clip.generated]
    others = wanted.kind == 'cross'
    return pairs_lib.every(Clips(train), name, seed=wanted.seed, others=others)
  if not {name, *wanted.drivers} & _OF_MEGC2021:
    return pairs_lib.like_megc2021(data.held_out, name, seed=wanted.seed)
  _check_unseen(data.train, name)
  given = {name: _whole(config.data)} if name in _OF_MEGC2021 else {}
  for other, folder in wanted.drivers.items():
    given[other] = _whole(
      config.data, name=other, manual_dir=folder, variant='', landmarks=''
    )
  return pairs_lib.megc2021(given, _templates(config, wanted))


def _check_unseen(train: Clips, dataset: str) -> None:
  keys = [(Person(dataset, c.subject), c.name) for c in train]
  if seen := [key for key in keys if key in MEGC2021_DRIVING]:
    (person, clip), *more = seen
    raise UserError(
      f'the run was trained on {clip} of {person.subject} and {len(more)} more '
      'of the driving clips of MEGC 2021: train it with '
      '--config.data.keep_out=megc2021'
    )


def _whole(data: Any, **other: str) -> Clips:
  """Every clip of a dataset, cut as the run's are."""
  data = ml_collections.ConfigDict(data.to_dict())
  plain = {'split': 'share', 'keep_out': '', 'camera': '', 'generated': ''}
  data.update({k: v for k, v in plain.items() if k in data} | other)
  found = datasets.load(data)
  return Clips((*found.train, *found.held_out))


def _templates(config: Any, wanted: Wanted) -> Clips:
  if not wanted.templates:
    raise UserError(
      '--templates is missing: name the pictures of faces at rest that the '
      'drivers of MEGC 2021 move, a.png,b.png'
    )
  kind, size = portrait.trained_kind(config.data), config.data.size
  found = {}
  with faces.Landmarker(wanted.face_landmarker) as landmarker:
    for text in wanted.templates:
      path = expanded(text)
      if path.stem in found:
        raise UserError(f'--templates={path}: {path.stem} is there twice')
      still = portrait.cut_out(
        landmarker, pictures.read(path), path, kind, size
      )
      found[path.stem] = _clip(path.stem, still)
  return Clips(found.values())


def _clip(name: str, still: portrait.Portrait) -> Clip:
  """A picture as a clip of one frame."""
  return Clip(
    frames=(pictures.encode(still.face),),
    subject=name,
    session='',
    name=name,
    emotion_id=vocabulary.UNLABELLED,
    onset=0,
    apex=-1,
    offset=-1,
    landmarks=np.float32(still.landmarks)[None],
    au_intensities=np.zeros((0, len(vocabulary.AUS)), np.float32),
    fps=0.0,
    extra={},
  )
