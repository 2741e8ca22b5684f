"""Blendshapes as stand-ins for action units, by table and by detector."""

import csv
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, video
from facegen_jax.data.vocabulary import AUS
from facegen_jax.metrics.extractors import blendshapes
from facegen_jax.metrics.extractors.extractor import features

NAN = np.float32(np.nan)


class _Detector:
  """Sees a face wherever the first pixel is bright."""

  def __init__(self, scores=()):
    self.scores = dict(scores)

  def detect(self, picture):
    value = int(picture[0, 0, 0])
    shapes = {k: v * value / 255 for k, v in self.scores.items()}
    small = SimpleNamespace(area=1, blendshapes=dict.fromkeys(shapes, 0.9))
    large = SimpleNamespace(area=2, blendshapes=shapes)
    return [small, large] if value > 100 else []


def _two_with_faces():
  pictures = np.zeros((3, 8, 8, 3), np.uint8)
  pictures[0, 0, 0], pictures[2, 0, 0] = 255, 127
  return pictures


def _mean(*values):
  return sum(values) / len(values)


def _clip(x, low, high):
  return min(max(x, low), high)


def _formulas():
  """The table's own formulas, by action unit."""
  path = blendshapes.__file__.replace('blendshapes.py', 'au_blendshape_map.csv')
  with open(path, encoding='utf-8', newline='') as lines:
    return {int(r['au']): r['proxy_formula'] for r in csv.DictReader(lines)}


def test_proxies_follow_the_table():
  rng, formulas = np.random.default_rng(0), _formulas()
  assert set(AUS) <= set(formulas) == set(blendshapes.table())
  names = {n for row in blendshapes.table().values() for n in row.blendshapes}
  functions = {'mean': _mean, 'clip': _clip, 'max': max}
  for _ in range(20):
    scores = dict(zip(sorted(names), rng.uniform(size=len(names)), strict=True))
    for au, formula in formulas.items():
      wanted = eval(formula, {'__builtins__': {}}, functions | scores)
      assert blendshapes.proxies(scores, [au])[0] == pytest.approx(wanted)


def test_the_packaged_table_states_the_shared_facts(shared):
  path = shared / 'data' / 'au_blendshape_map.csv'
  with path.open(encoding='utf-8', newline='') as lines:
    rows = list(csv.DictReader(lines))
  assert [int(row['au']) for row in rows] == list(blendshapes.table())
  for row in rows:
    ours = blendshapes.table()[int(row['au'])]
    assert ours.name == row['name']
    assert ';'.join(ours.blendshapes) == row['blendshapes']
    assert ours.quality == row['proxy_quality_mediapipe']
    assert _formulas()[int(row['au'])] == row['proxy_formula']


def test_blendshapes_of_the_largest_face():
  names = ('mouthSmileLeft', 'mouthSmileRight', 'jawOpen')
  made = blendshapes.action_units(_Detector(dict.fromkeys(names, 1)), (12, 26))
  found = features(made, _two_with_faces())
  half = 127 / 255
  np.testing.assert_allclose(
    found.rows, [[1, 1], [NAN, NAN], [half, half]], rtol=1e-6
  )
  assert found.missing == 1
  assert 'AU12, AU26' in made.name


def test_action_units_without_a_proxy_are_named():
  with pytest.raises(UserError, match=r'AU45 has no blendshape.*12'):
    blendshapes.action_units(_Detector(), (12, 45))
  with pytest.raises(UserError, match='mouthSmileLeft for AU12'):
    blendshapes.proxies({}, [12])


def test_above_neutral_and_what_moves_at_all():
  x = np.array([[0.2, 0.3, NAN], [0.5, 0.305, NAN], [NAN, NAN, NAN]])
  np.testing.assert_array_equal(blendshapes.available(x), [True, False, False])
  risen = blendshapes.above_neutral(x)
  np.testing.assert_allclose(risen[:2, 0], [0, 0.3], atol=1e-7)
  assert np.isnan(risen[2]).all()


def test_a_real_clip(shared):
  data = shared / 'data'
  clip = data / 'faces' / 'liveportrait_d0.mp4'
  pictures = np.stack(list(itertools.islice(video.read(clip), 6)))
  pictures[2] = 128
  model = data / 'models' / 'face_landmarker.task'
  with faces.Landmarker(model) as landmarker:
    found = features(blendshapes.action_units(landmarker), pictures)
  assert found.rows.shape == (6, len(AUS))
  assert found.missing == 1 and np.isnan(found.rows[2]).all()
  rows = found.rows[[0, 1, 3, 4, 5]]
  assert (rows >= 0).all() and (rows <= 1).all() and rows.max() > 0.01
