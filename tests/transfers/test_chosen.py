"""The pairs that a user wants of a run on one of MEGC 2021's datasets."""

import dataclasses
import types

import ml_collections
import numpy as np
from PIL import Image
import pytest
from tiny_clips import clips_of, landmarks

from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets, faces
from facegen_jax.data.clips import Clips
from facegen_jax.data.config import data_config
from facegen_jax.data.megc2021 import MEGC2021_DRIVING
from facegen_jax.transfers import chosen, painter
from facegen_jax.transfers.chosen import Wanted

SIDE = 96


class Detector:
  """Finds one face in every picture."""

  def __init__(self, model):
    self.model = model

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass

  def detect(self, picture):
    box = (8.0, 8.0, 88.0, 88.0)
    return [faces.Face(None, landmarks(SIDE), {}, box, 1e4)]


def clips(dataset):
  """The drivers of a dataset, and a clip of somebody else."""
  (like,) = clips_of(1, emotions=(3,))
  drivers = [
    dataclasses.replace(like, subject=p.subject, name=name, emotion='surprise')
    for p, name in MEGC2021_DRIVING
    if p.database == dataset
  ]
  return [dataclasses.replace(like, subject='x', name='y'), *drivers]


@pytest.fixture
def loaded(monkeypatch):
  """What datasets hold; returns the configs that were loaded."""
  asked = []

  def load(config):
    asked.append(config)
    whole = clips(config.name)
    return datasets.Dataset(Clips(whole[:2]), Clips(whole[2:]), {})

  monkeypatch.setattr(datasets, 'load', load)
  monkeypatch.setattr(faces, 'Landmarker', Detector)
  return asked


@pytest.fixture
def portraits(tmp_path):
  noise = np.random.default_rng(0).integers(0, 255, (2, SIDE, SIDE, 3))
  paths = [tmp_path / f'{name}.png' for name in ('man', 'woman')]
  for path, picture in zip(paths, noise, strict=True):
    Image.fromarray(picture.astype(np.uint8)).save(path)
  return tuple(map(str, paths))


def config_of(**data):
  values = {'name': 'casme2', 'manual_dir': 'a', 'crop': 'micro', 'size': 32}
  section = data_config(**(values | {'keep_out': 'megc2021'} | data))
  return ml_collections.ConfigDict({'data': section})


def pairs(wanted, train=(), **data):
  seen = datasets.Dataset(Clips(train), Clips([]), {})
  return chosen.pairs(config_of(**data), seen, wanted)


def test_drivers_of_three_datasets_on_pictures(loaded, portraits):
  wanted = Wanted(
    kind='megc2021',
    templates=portraits,
    drivers={'samm': 'b', 'smic': 'c'},
    face_landmarker='model',
  )
  found = pairs(wanted)
  assert len(found.rows) == 18
  assert found.person(0) == 'template/man'
  assert [(c.name, c.manual_dir, c.keep_out) for c in loaded] == [
    ('casme2', 'a', ''),
    ('samm', 'b', ''),
    ('smic', 'c', ''),
  ]
  # Cut as the run's own faces are: gray, of its size, with landmarks.
  face = found.clips[0].picture(0)
  assert face.shape == (32, 32, 3)
  assert (face == face[..., :1]).all()
  points = found.clips[0].points(0)
  assert points.shape == (68, 2)
  assert np.ptp(points) < 32


def test_a_run_that_has_seen_a_driver_is_refused(loaded, portraits):
  wanted = Wanted(kind='megc2021', templates=portraits)
  with pytest.raises(
    UserError, match=r'EP19_06f of sub01 and 1 more.*keep_out'
  ):
    pairs(wanted, train=clips('casme2')[:3], keep_out='')
  assert len(pairs(wanted, train=clips('casme2')[:1]).rows) == 6


def test_templates_are_needed_and_each_has_a_name(loaded, portraits):
  with pytest.raises(UserError, match='--templates is missing'):
    pairs(Wanted(kind='megc2021'))
  twice = (portraits[0], portraits[0])
  with pytest.raises(UserError, match='man is there twice'):
    pairs(Wanted(kind='megc2021', templates=twice))
  with pytest.raises(UserError, match='no such picture'):
    pairs(Wanted(kind='megc2021', templates=('nowhere.png',)))


def test_other_pictures_are_other_settings(portraits):
  a, b = (Wanted(templates=(path,)).told() for path in portraits)
  assert a != b
  assert a == Wanted(templates=(portraits[0],)).told()


def test_wrong_wishes_are_told():
  moves = types.SimpleNamespace(TAKES=('source', 'driving', 'first'))
  painter.check(moves, 'facial_prior', 'runs/a')
  other = types.SimpleNamespace(TAKES=('source', 'target'))
  with pytest.raises(UserError, match='runs/a: a run of aipgan takes source a'):
    painter.check(other, 'aipgan', 'runs/a')
  with pytest.raises(UserError, match='drivers=mug=x: write DATASET=FOLDER'):
    chosen.named(['mug=x'], '--drivers')
  assert chosen.named(['samm=x'], '--drivers') == {'samm': 'x'}
