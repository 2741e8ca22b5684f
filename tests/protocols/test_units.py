"""The action-unit experiments, on faces whose units are known."""

import types

import numpy as np
from PIL import Image
from planted_units import (
  LAYERS,
  NETS,
  SIZE,
  WHO,
  Planted,
  codes_of,
  config_of,
  units_of,
)
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.data.vocabulary import AUS
from facegen_jax.protocols import (
  units_edits,
  units_faces,
  units_judge,
  units_model,
  units_nearer,
  units_quality,
  units_reconstruction,
  units_response,
)


@pytest.fixture(scope='module')
def model():
  painter = units_model.Painter(Planted(), 4)
  return units_model.model(Planted(), NETS, painter, 4)


def edited(model, count=3, units=None, **how):
  codes = codes_of(count)
  people = units_faces.Faces(
    [f's{i}' for i in range(count)], model.render(codes), None, None, None
  )
  units = units or units_of()
  return units_edits.Edited(config_of(**how), model, units, people, codes)


def test_any_number_of_rows_goes_in_batches_of_one_size():
  seen = []

  def double(rows):
    seen.append(len(rows))
    return rows * 2

  rows = np.arange(7)[:, None]
  found = units_model.batched(double, 3)(rows)
  np.testing.assert_array_equal(found, 2 * rows)
  assert seen == [3, 3, 3]


def test_samples_are_the_same_again(model):
  painter = units_model.Painter(Planted(), 4)
  one, two = (painter.sampled(NETS, 6, 1) for _ in range(2))
  np.testing.assert_array_equal(one, two)
  assert one.shape == (6, LAYERS, WHO + 12)
  assert np.abs(one[4:] - one[:2]).max() > 0.01  # batches differ


def test_planted_units_answer_alone(model):
  noise = np.full(12, 0.1, np.float32)
  found = edited(model).response(codes_of(5, seed=1), noise)
  assert found['operator'] == 'set, projected'
  for key in ('response', 'response_samples'):
    for row in found[key].values():
      assert row['own_rows'] == row['own_rows_by_noise'] == row['rows'] == 12
      assert row['face_own_share'] == 1
      assert row['own_change'] == pytest.approx(0.8, abs=0.01)
      assert row['other_change'] < 0.01
      assert row['same_person_cosine'] == pytest.approx(1, abs=1e-3)
  change = found['response_matrices']['add']['change']
  np.testing.assert_allclose(change, 0.8 * np.eye(12), atol=0.01)


def test_projection_parts_units_that_lean_together(model):
  found = edited(model, units=units_of(mixing=2.0)).response(
    np.zeros((0, LAYERS, 15)), np.ones(12)
  )
  rows = found['response']
  assert 'response_samples' not in found
  assert rows['add']['own_rows'] == 11  # AU12 pushes AU6 more than itself
  assert rows['add, projected']['own_rows'] == 12
  assert rows['set, projected']['own_rows'] == 12
  assert rows['add']['other_change'] > rows['add, projected']['other_change']


def test_a_row_is_lost_to_a_fall_and_to_no_rise():
  change = np.zeros((1, 2, 12))
  change[0, 0, [0, 5]] = 0.3, -0.4  # another falls further
  change[0, 1, 1] = -0.5  # it falls itself
  found = units_response.Response((0, 1), change, np.ones((1, 2)))
  assert not found.own(change[0]).any()
  change[0, 0, 5] = -0.2
  assert found.own(change[0]).tolist() == [True, False]
  assert change[0, 0, 0] == 0.3  # nothing is changed in place


def test_units_without_a_boundary_are_left_out(model):
  few = edited(model, units=units_of(names=AUS[:10]))
  assert [x.split(':')[0] for x in few.left_out] == ['AU25', 'AU26']
  found = few.response(np.zeros((0, LAYERS, 15)), np.ones(12))
  assert found['response']['add']['rows'] == 10
  names = [case.name for case in few._cases]
  assert 'happiness' not in names and 'sadness' in names


def test_normals_that_leave_nothing_have_no_projection(model):
  normals = np.ones((12, 15))
  units = units_of()._replace(normals=normals / np.sqrt(15))
  experiment = edited(model, units=units)
  (told,) = experiment.left_out
  assert told.startswith('add, projected: ') and 'nothing of it' in told
  found = experiment.response(np.zeros((0, LAYERS, 15)), np.ones(12))
  assert list(found['response']) == [
    'add',
    *('set', 'set, projected', 'shift', 'shift, projected'),
  ]
  with pytest.raises(UserError, match=r'units\.mode=add, hold=True: add, proj'):
    edited(model, units=units, mode='add')


def test_another_operator_is_refused(model):
  with pytest.raises(UserError, match=r"units\.mode='turn': choose .*add"):
    edited(model, mode='turn')


def truths_of(model, experiment, spoiled=()):
  """The planted truth; of spoiled cases the face at rest."""
  codes = experiment._codes
  rows = []
  for case in experiment._cases:
    w = codes.copy()
    w[..., WHO:] += 0 if case.name in spoiled else case.strengths
    rows.append(model.render(w))
  return np.stack(rows)


def test_planted_edits_are_nearer_to_the_truth(model):
  experiment = edited(model)
  truths = truths_of(model, experiment)
  found = experiment.nearer(truths)
  row = found['nearer']['set, projected']
  assert row['share'] == row['moved_share'] == row['expressions_share'] == 1
  assert row['moved_psnr'] > row['unedited_moved_psnr'] + 10
  assert row['cases'] == 18 * 3
  spoiled = experiment.nearer(truths_of(model, experiment, ('AU9', 'fear')))
  row = spoiled['nearer']['set, projected']
  assert row['share'] == pytest.approx(16 / 18)
  assert row['units_share'] == pytest.approx(11 / 12)
  assert row['expressions_share'] == pytest.approx(5 / 6)
  case = spoiled['nearer_by_case']['add']['AU9']
  assert case == {'share': 0, 'moved_share': None, 'people': 3}


def test_intervals_are_over_people():
  chosen = units_nearer.cases(1.0, range(12))
  assert len(chosen) == 18
  near, far = np.zeros((18, 2)), np.ones((18, 2))
  gap = np.stack([near[:, 0], far[:, 1]], 1)  # right for one of two people
  found = units_nearer.Gaps(gap, 0 * gap + 0.5, gap * np.nan, gap * np.nan)
  row = units_nearer.told(found, chosen, ['a', 'b'], 0)
  assert row['share'] == 0.5
  assert (row['share_low'], row['share_high']) == (0, 1)
  assert row['moved_share'] is row['moved_psnr'] is None


def test_pictures_and_clip(model, tmp_path):
  experiment = edited(model)
  truths = truths_of(model, experiment)
  found = experiment.pictures(tmp_path, truths)
  step = SIZE + 2
  sizes = {
    'sheet.png': (7, 4),  # two people, the truth above each
    'units.png': (7, 12),
    'animation.png': (8, 2),
  }
  for name, (columns, rows) in sizes.items():
    with Image.open(tmp_path / name) as picture:
      assert picture.size == (columns * step - 2, rows * step - 2)
  assert {x['picture'] for x in found} == {'units.png', 'animation.png'}
  assert (tmp_path / 'clip.mp4').stat().st_size > 500
  experiment.pictures(tmp_path, None)  # without a truth
  with Image.open(tmp_path / 'sheet.png') as picture:
    assert picture.size == (7 * step - 2, 2 * step - 2)


def graded_of(model, count=6, seed=2):
  """Faces with known units, two of each person."""
  rng = np.random.default_rng(seed)
  codes = codes_of(count // 2, seed).repeat(2, 0)
  intensities = np.float32(rng.uniform(0, 1, (count, 12)))
  codes[..., WHO:] += intensities[:, None]
  names = [f's{i // 2}' for i in range(count)]
  return units_faces.Graded(model.render(codes), intensities, names)


def test_the_judges_error(model):
  training, held_out = graded_of(model, seed=3), graded_of(model)
  found = units_judge.errors(model, training, held_out)
  assert found['mean_mae'] < 0.01 < 0.2 < found['mean_trivial_mae']
  assert found['mean_pearson'] > 0.99 and len(found['mae']) == 12
  off = held_out._replace(intensities=held_out.intensities[::-1])
  assert units_judge.errors(model, training, off)['mean_mae'] > 0.1
  assert found['people'] == 3


def test_who_is_alike(model):
  found = units_judge.people(model, graded_of(model))
  assert found['one_person'] == pytest.approx(1, abs=1e-3)
  assert found['different_people'] < 0.9
  assert found['nearest_share'] == 1
  alone = graded_of(model)._replace(subjects=['a'] * 6)
  assert units_judge.people(model, alone)['different_people'] is None


def test_frechet_falls_to_what_is_alike(model):
  painter = units_model.Painter(Planted(), 4)
  far = {'stray': np.float32(3.0)}
  shown = {
    'start': painter.render(far, painter.sampled(far, 40, 1)),
    'now': model.render(painter.sampled(NETS, 40, 2)),
  }
  real = model.render(painter.sampled(NETS, 40, 3))
  found = units_quality.distances(real, shown, model.spaces['pooled'])
  assert found['fall'] > 10
  assert found['start']['samples'] == 40 and found['dimensions'] == 15
  assert found['fall'] == pytest.approx(
    found['start']['value'] / found['now']['value']
  )


class Detector:
  """Finds a face in what is bright."""

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.closed = True

  def detect(self, picture):
    assert picture.shape == (192, 192, 3)
    return ['face'] if picture.mean() > 100 else []


def test_faces_are_looked_for_at_one_size():
  shown = np.zeros((4, 16, 16, 3), np.uint8)
  shown[1:] = 200
  opened = Detector()
  found = units_quality.found_faces({'now': shown}, '', lambda path: opened)
  assert found['now']['rate'] == 0.75 and found['now']['count'] == 4
  assert found['now']['low'] < 0.75 < found['now']['high'] and opened.closed
  large = np.full((1, 256, 256, 3), 200, np.uint8)
  assert units_quality.seen(large, opened)['rate'] == 1


def test_no_detector_is_told():
  def missing(path):
    raise UserError(f'{path}: no face landmarker model there')

  shown = {'now': np.zeros((2, 16, 16, 3), np.uint8)}
  found = units_quality.found_faces(shown, 'gone.task', missing)
  assert found == {'left_out': 'gone.task: no face landmarker model there'}
  found = units_quality.found_faces({'now': shown['now'][:0]}, '', missing)
  assert found == {'left_out': 'config.evaluate.detected is 0'}


def test_reconstructions_are_told(model):
  codes = codes_of(3)
  pictures = model.render(codes)
  names = ['a', 'b', 'c']
  same = units_reconstruction.told(model, pictures, codes, names)
  assert same['ssim'] == pytest.approx(1) and same['psnr'] == 100
  assert same['cosine'] == pytest.approx(1, abs=1e-3)
  assert same['others_cosine'] < 0.9
  other = units_reconstruction.told(model, pictures, codes[::-1], names)
  assert other['ssim'] < same['ssim'] and other['cosine'] < 0.9
  one = units_reconstruction.told(model, pictures[:1], codes[:1], ['a'])
  assert one['others_cosine'] is None


def test_people_at_rest_and_at_an_apex():
  clips = clips_of(4, frames=9)
  shown = units_faces.faces(clips, 3)
  assert shown.subjects == ['s0', 's1', 's2']
  assert shown.people is None and shown.scenes is None
  np.testing.assert_array_equal(shown.neutral[0], clips[0].picture(0))
  np.testing.assert_array_equal(shown.apex[0], clips[0].picture(4))
  # The second person shows another expression.
  np.testing.assert_array_equal(shown.apex[1], clips[3].picture(4))
  config = types.SimpleNamespace(name='synth_face', size=SIZE)
  assert units_faces.truths(config, shown, np.zeros((1, 12))) is None
  with pytest.raises(UserError, match='no clip is held out'):
    units_faces.faces(clips.of([]), 3)


def test_pictures_are_spread_over_all_clips():
  found = units_faces.graded(clips_of(3, frames=5), 6)
  assert found.pictures.shape == (6, SIZE, SIZE, 3)
  assert found.intensities.shape == (6, 12)
  assert sorted(set(found.subjects)) == ['s0', 's1', 's2']
  assert len(units_faces.graded(clips_of(1), 99).subjects) == 10
