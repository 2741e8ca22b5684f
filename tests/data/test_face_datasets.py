"""Faces cut out of a prepared dataset, once, with one crop a clip."""

import itertools
import os
import pathlib

import cv2
import numpy as np
import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data import align, pictures, video
from facegen_jax.data.builders import prepare as licensed
from facegen_jax.data.builders import report
from facegen_jax.data.builders.faces import builder as faces_builder
from facegen_jax.data.builders.faces import prepare as faces
from facegen_jax.data.builders.faces import tracks
from facegen_jax.data.crops import kinds


def noise(number, size=(64, 48)):
  values = np.random.default_rng(number).integers(0, 255, (*size[::-1], 3))
  return cv2.imencode('.jpg', values.astype(np.uint8))[1].tobytes()


@pytest.fixture
def source(tmp_path):
  """A prepared CASME II of two people, frames 9, 10 (the apex) and 11."""
  rows = [tiny.casme2_row(), tiny.casme2_row('02', 'EP01', '1+2', 'fear')]
  root = tiny.casme2(tmp_path / 'casme2', rows=rows, frame=noise(0))
  found = licensed.find('casme2', root)
  return found.found.clips, licensed.prepare(found, tmp_path / 'data')


def records(builder):
  rows = builder.as_data_source(split='full')
  return {row['clip'].decode(): row for row in rows}


def cut(source, tmp_path, kind, **more):
  clips, builder = source
  table = tiny.own_landmarks(tmp_path / 'own.csv', clips, lambda n: n - 9)
  return faces.prepare(
    builder, kind, data_dir=tmp_path / 'data', landmarks=table, **more
  )


@pytest.mark.parametrize('kind', ['aligned', 'micro', 'whole'])
def test_one_crop_a_clip_from_the_onset(source, tmp_path, kind):
  made = records(cut(source, tmp_path, kind, size=32))
  whole = records(source[1])
  assert set(made) == set(whole) == {'EP02_01f', 'EP01'}
  for name, record in made.items():
    same = set(record) - {'frames', 'landmarks', 'aus', 'au_intensities'}
    assert {k: record[k] for k in same} == {k: whole[name][k] for k in same}
    assert list(record['aus']['au']) == list(whole[name]['aus']['au'])
    shown = [pictures.decode(data) for data in record['frames']]
    assert [p.shape for p in shown] == [(32, 32, 3)] * 3
    # The face goes right by a source pixel a frame, and so it does in here.
    steps = np.diff(record['landmarks'], axis=0)
    crop = _crop(kind, whole[name], tmp_path)
    np.testing.assert_allclose(steps[..., 0], crop.matrix[0, 0], atol=1e-3)
    first = pictures.decode(whole[name]['frames'][0])
    wanted = align.warp(first, crop)
    if kind == 'micro':
      wanted = cv2.cvtColor(wanted, cv2.COLOR_RGB2GRAY)[..., None]
    np.testing.assert_array_equal(
      shown[0], np.broadcast_to(wanted, (32, 32, 3))
    )


def _crop(kind, record, tmp_path):
  table = faces.landmark_csv.read(tmp_path / 'own.csv')
  person = record['subject'].decode(), record['clip'].decode()
  first = table[person][9]
  return faces.cut.place(kinds.kind(kind), first, (48, 64, 3), 32)


def test_time_is_normalised_to_32_frames(source, tmp_path):
  record = records(cut(source, tmp_path, 'black'))['EP01']
  assert len(record['frames']) == len(record['landmarks']) == 32
  assert (record['onset'], record['apex'], record['offset']) == (0, 16, 31)
  numbers = [int(number) for number in record['frame_numbers']]
  assert numbers == sorted(numbers) and set(numbers) == {9, 10, 11}
  assert record['fps'] == pytest.approx(200 * 31 / 2)
  shown = pictures.decode(record['frames'][0])
  assert shown.shape == (64, 64, 3)
  assert not shown[0].any() and not shown[:, 0].any()  # background
  assert shown[32, 32].any()


def test_graded_frames_go_along(tmp_path):
  root = tiny.disfa(tmp_path / 'disfa', frame=noise(0), lines=5)
  found = licensed.find('disfa', root)
  source = licensed.prepare(found, tmp_path / 'data')
  table = tiny.own_landmarks(tmp_path / 'own.csv', found.found.clips)
  made = faces.prepare(
    source, 'black', data_dir=tmp_path / 'data', landmarks=table
  )
  (record,) = records(made).values()
  (whole,) = records(source).values()
  graded, given = record['au_intensities'], whole['au_intensities']
  assert graded.shape == (32, 12)
  np.testing.assert_allclose(graded[[0, -1]], given[[0, -1]])
  assert graded.max() <= given.max() and graded.min() >= given.min()


def test_results_name_the_crop_and_a_sheet_lies_beside(source, tmp_path):
  made = cut(source, tmp_path, 'aligned')
  told = report.read(made.data_dir)
  assert told.crop == f'aligned 96 px {kinds.version()}, own landmarks'
  assert (told.found, told.used, told.clips, told.frames) == (2, 2, 2, 6)
  assert told.faces['with_face'] == 1 and told.faces['frames'] == 6
  scale = _crop('aligned', records(source[1])['EP01'], tmp_path).scale * 3
  assert told.faces['scale_median'] == pytest.approx(scale, rel=1e-6)
  sheet = pictures.read(pathlib.Path(made.data_dir, faces_builder.SHEET))
  assert sheet.shape[1] > 150


def test_other_settings_are_another_dataset(source, tmp_path):
  first = cut(source, tmp_path, 'aligned')
  assert cut(source, tmp_path, 'aligned').data_dir == first.data_dir
  sizes = cut(source, tmp_path, 'aligned', size=48)
  kind = cut(source, tmp_path, 'micro', size=96)
  clips, builder = source
  tiny.own_landmarks(tmp_path / 'own.csv', clips, lambda n: 3)
  table = faces.prepare(
    builder,
    'aligned',
    data_dir=tmp_path / 'data',
    landmarks=tmp_path / 'own.csv',
  )
  assert len({b.data_dir for b in (first, sizes, kind, table)}) == 4


def test_clips_without_enough_faces_are_skipped_and_named(source, tmp_path):
  clips, builder = source
  kept = [clips[0], clips[1].__class__(**_fields(clips[1], numbers=(11,)))]
  table = tiny.own_landmarks(tmp_path / 'own.csv', kept)
  made = faces.prepare(
    builder, 'aligned', data_dir=tmp_path / 'data', landmarks=table
  )
  told = report.read(made.data_dir)
  assert told.skipped == [('sub02/EP01', 'a face in only 1 of 3 frames')]
  assert told.used == 1 and set(records(made)) == {'EP02_01f'}


def _fields(clip, **changed):
  return {name: getattr(clip, name) for name in clip.__dataclass_fields__} | (
    changed
  )


def test_a_gap_is_bridged_and_told(source, tmp_path):
  clips, builder = source
  short = clips[0].__class__(**_fields(clips[0], numbers=(10, 11)))
  table = tiny.own_landmarks(tmp_path / 'own.csv', [short, clips[1]])
  made = faces.prepare(
    builder, 'aligned', data_dir=tmp_path / 'data', landmarks=table
  )
  assert report.read(made.data_dir).notes == [
    (
      'sub01/EP02_01f',
      'no face in frame 0, the onset: the crop is that of frame 1',
    ),
    (
      'sub01/EP02_01f',
      '1 of 3 frames have no face: their landmarks are interpolated',
    ),
  ]
  points = records(made)['EP02_01f']['landmarks']
  np.testing.assert_array_equal(points[0], points[1])


def test_no_face_at_all_is_one_error(source, tmp_path):
  clips, builder = source
  other = clips[0].__class__(**_fields(clips[0], subject='sub77'))
  table = tiny.own_landmarks(tmp_path / 'own.csv', [other])
  with pytest.raises(UserError, match='no face to cut out in any of 2') as info:
    faces.prepare(
      builder, 'aligned', data_dir=tmp_path / 'data', landmarks=table
    )
  assert '\n' not in str(info.value)
  assert 'no row of it among the landmarks' in str(info.value)


@pytest.mark.parametrize(
  ('arguments', 'message'),
  [
    ({'crop': 'tight'}, 'no such kind'),
    ({'crop': 'aligned', 'size': 4}, 'size is 4'),
    ({'crop': 'aligned', 'landmarks': 'none.csv'}, 'none.csv'),
    ({'crop': 'aligned', 'face_landmarker': 'none.task'}, 'none.task'),
  ],
)
def test_bad_settings(source, tmp_path, arguments, message):
  with pytest.raises(UserError, match=message):
    faces.prepare(source[1], data_dir=tmp_path / 'data', **arguments)


@pytest.fixture(scope='module')
def real(shared, tmp_path_factory):
  """A download of real faces: a clip of six frames, the first one blank."""
  root = tmp_path_factory.mktemp('real')
  shots = video.read(shared / 'data' / 'faces' / 'liveportrait_d0.mp4')
  frames = list(itertools.islice(shots, 6))
  frames[0] = np.full_like(frames[0], 90)
  take = root / 'mug/001/anger/take000'
  take.mkdir(parents=True)
  for i, shot in enumerate(frames):
    pictures.write(take / f'img_{i:04}.jpg', shot)
  tiny.mug_take(root / 'mug/002/anger/take000', frame=noise(1))
  return licensed.prepare(licensed.find('mug', root / 'mug'), root / 'data')


def test_a_real_face_is_found_followed_and_kept(
  real, shared, tmp_path, monkeypatch
):
  model = shared / 'data' / 'models' / 'face_landmarker.task'
  looked, follow = [], tracks._followed
  monkeypatch.setattr(
    tracks, '_followed', lambda *args: looked.append(1) or follow(*args)
  )

  def stop(stage, done, total):
    if stage == 'cut':
      raise KeyboardInterrupt

  def prepare(**more):
    return faces.prepare(
      real, 'aligned', data_dir=tmp_path, face_landmarker=model, **more
    )

  with pytest.raises(KeyboardInterrupt):
    prepare(on_clips=stop)
  made = prepare()
  assert len(looked) == 2  # once a clip, in spite of the interruption
  assert not os.listdir(tmp_path / 'unfinished')
  told = report.read(made.data_dir)
  assert told.skipped == [('002/anger/take000', 'no face in any of 3 frames')]
  assert told.faces['with_face'] == pytest.approx(5 / 6)
  assert any('the crop is that of frame 1' in note for _, note in told.notes)
  (record,) = records(made).values()
  eyes = record['landmarks'][1, 36:48].mean(axis=0) / 96
  np.testing.assert_allclose(eyes, (0.5, align.EYE_HEIGHT), atol=0.02)
