"""Which clips a folder holds, and which belong together."""

from folders_of_clips import clip_of, film, noisy, write
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures
from facegen_jax.protocols import folders, footage, labelled


def test_lists_videos_and_folders_of_pictures(tmp_path):
  film(tmp_path / 's1/happy.mp4', clip_of())
  write(tmp_path, {'s2/sad': clip_of(1)}, first=7)
  (tmp_path / '.hidden').mkdir()
  (tmp_path / 'notes.txt').write_text('x')
  found = footage.listed(tmp_path)
  assert list(found.clips) == ['s1/happy', 's2/sad']
  assert found.skipped == {}
  assert footage.read(found.clips['s1/happy']).shape == (6, 16, 16, 3)
  np.testing.assert_array_equal(footage.read(found.clips['s2/sad']), clip_of(1))
  assert len(footage.read(found.clips['s2/sad'], 2)) == 2


def test_pictures_go_by_number_not_by_spelling(tmp_path):
  clip = clip_of(frames=12)
  (tmp_path / 'a').mkdir()
  for i, picture in enumerate(clip):
    pictures.write(tmp_path / 'a' / f'{i}.png', picture)
  found = footage.listed(tmp_path).clips['a']
  np.testing.assert_array_equal(footage.read(found), clip)


def test_a_folder_may_itself_be_a_clip(tmp_path):
  write(tmp_path, {'.': clip_of()})
  assert list(footage.listed(tmp_path).clips) == ['.']


@pytest.mark.parametrize(
  ('names', 'reason'),
  [
    (['a1.png', 'a3.png'], 'number 2 lacks, at a3.png'),
    (['a1.png', 'a01.png'], 'one number twice'),
    (['a1.png', 'b2.png'], '2 series'),
    (['a1.png', 'sheet.png'], 'sheet.png has no number'),
  ],
)
def test_what_is_no_series_is_told(tmp_path, names, reason):
  write(tmp_path, {'good': clip_of(frames=2)})
  (tmp_path / 'odd').mkdir()
  for name in names:
    pictures.write(tmp_path / 'odd' / name, clip_of()[0])
  found = footage.listed(tmp_path)
  assert list(found.clips) == ['good']
  assert reason in found.skipped['odd']


def test_bad_folders(tmp_path):
  with pytest.raises(UserError, match='no such folder'):
    footage.listed(tmp_path / 'none')
  with pytest.raises(UserError, match='holds no clip'):
    footage.listed(tmp_path)
  film(tmp_path / 'a.mp4', clip_of())
  write(tmp_path, {'a': clip_of()})
  with pytest.raises(UserError, match='both clip a'):
    footage.listed(tmp_path)


def test_pictures_of_two_sizes_are_refused(tmp_path):
  write(tmp_path, {'a': clip_of(frames=1)})
  pictures.write(tmp_path / 'a/frame_0001.png', clip_of(size=20)[0])
  with pytest.raises(UserError, match='picture 2 is 20x20, the first 16x16'):
    footage.read(footage.listed(tmp_path).clips['a'])


def test_a_clip_beyond_memory_is_refused(tmp_path, monkeypatch):
  monkeypatch.setattr(footage, 'MOST_BYTES', 1000)
  write(tmp_path, {'a': clip_of()})
  with pytest.raises(UserError, match='cut it into shorter clips'):
    footage.read(footage.listed(tmp_path).clips['a'])


def test_rate_is_the_videos_own(tmp_path):
  film(tmp_path / 'a.mp4', clip_of(), rate=19)
  write(tmp_path, {'b': clip_of()})
  clips = footage.listed(tmp_path).clips
  assert footage.rate(clips['a'], 30.0) == 19
  assert footage.rate(clips['b'], 30.0) == 30
  assert footage.rate(clips['b'], None) is None


def _listed(root, names):
  clip = clip_of(frames=1)
  return footage.listed(write(root, {name: clip for name in names}))


def test_pairs_by_name_and_names_the_rest(tmp_path):
  truth = _listed(tmp_path / 't', ['s1/a', 's1/b', 's2/a'])
  made = _listed(tmp_path / 'g', ['s1/a', 's2/a', 's3/a'])
  found = folders.paired(truth, made)
  assert [p.truth.name for p in found.pairs] == ['s1/a', 's2/a']
  assert found.only_truth == ('s1/b',)
  assert found.only_generated == ('s3/a',)


def test_repeats_belong_to_one_source(tmp_path):
  truth = _listed(tmp_path / 't', ['a', 'b__1'])
  made = _listed(tmp_path / 'g', ['a__0', 'a__1', 'b__1', 'c__0'])
  found = folders.paired(truth, made, repeats=True)
  pairs = [(p.truth.name, p.generated.name) for p in found.pairs]
  assert pairs == [('a', 'a__0'), ('a', 'a__1'), ('b__1', 'b__1')]
  assert found.only_generated == ('c__0',)
  assert folders.source('a__x') == 'a__x' and folders.source('__3') == '__3'


def test_no_pair_is_an_error(tmp_path):
  truth, made = _listed(tmp_path / 't', ['a']), _listed(tmp_path / 'g', ['b'])
  with pytest.raises(UserError, match='no clip has the name'):
    folders.paired(truth, made)


def _pair():
  clips = (footage.Clip(n, footage.pathlib.Path(n)) for n in ('t', 'g'))
  return folders.Pair(*clips)


def test_equal_clips_are_left_alone():
  a, b = clip_of(), noisy(clip_of())
  both = folders.aligned(_pair(), a, b, resize=True, resample=True)
  assert both.truth is a and both.generated is b
  assert not both.resized and not both.resampled


def test_nothing_is_scaled_silently():
  a = clip_of()
  with pytest.raises(UserError, match=r'32x20 pixels against 16x16.*--resize'):
    folders.aligned(_pair(), a, clip_of(size=32, height=20), resample=True)
  with pytest.raises(UserError, match=r'9 frames against 6.*--resample'):
    folders.aligned(_pair(), a, clip_of(frames=9), resize=True)


def test_scaled_on_request_and_told():
  flat = np.full((3, 32, 32, 3), 7, np.uint8)
  both = folders.aligned(_pair(), clip_of(), flat, resize=True, resample=True)
  assert both.generated.shape == (6, 16, 16, 3) and (both.generated == 7).all()
  assert both.resized and both.resampled


def test_shrinking_is_the_mean_of_areas():
  clip = noisy(clip_of(size=32), most=30)
  wanted = clip.reshape(6, 8, 4, 8, 4, 3).mean((2, 4))
  assert np.abs(folders.scaled(clip, 8, 8) - wanted).max() <= 0.5


def test_labels_by_clip(tmp_path):
  film(tmp_path / 's1/a.mp4', clip_of())
  write(tmp_path, {'s2/b': clip_of()})
  table = tmp_path / 'labels.csv'
  listing = footage.listed(tmp_path)
  assert labelled.who(listing) == labelled.NOBODY
  rows = 'file,emotion,subject\ns1/a.mp4,Happiness,s1\ns2/b,sadness,s2\n'
  table.write_text(rows)
  who = labelled.who(listing)
  assert who.emotion == {'s1/a': 'happiness', 's2/b': 'sadness'}
  assert who.subject == {'s1/a': 's1', 's2/b': 's2'}
  table.write_text('file,emotion\nelse.mp4,fear\n')
  with pytest.raises(UserError, match='no row names a clip'):
    labelled.who(listing)
