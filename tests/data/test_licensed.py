"""Licensed datasets: prepared once, told truly, gone on with, read back."""

import json
import os
import signal
import subprocess
import sys

import cv2
import grain
import numpy as np
import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, pipeline, prepare, vocabulary
from facegen_jax.data.builders import download, features, journal, report
from facegen_jax.data.builders import prepare as licensed

VARIANTS = [
  ('mug', 'takes'),
  ('oulu_casia', 'original'),
  ('oulu_casia', 'preprocessed'),
  ('casme2', 'raw'),
  ('casme2', 'cropped'),
  ('samm', 'raw'),
  ('smic', 'hs_raw'),
  ('smic', 'vis_raw'),
  ('smic', 'hs_cropped'),
  ('smic', 'hs_long'),
  ('disfa', 'left'),
  ('disfa', 'right'),
]


def frame(number=0, size=(16, 12)):
  """A JPEG that no other number gives."""
  shade = np.random.default_rng(number).integers(0, 255, 3, np.uint8)
  picture = np.broadcast_to(shade, (*size[::-1], 3))
  return cv2.imencode('.jpg', picture)[1].tobytes()


def records(builder):
  source = builder.as_data_source(split='full')
  rows = [source[i] for i in range(len(source))]
  return {f'{r["subject"].decode()}/{r["clip"].decode()}': r for r in rows}


def of_mug(folder, subjects=('001', '002', '003')):
  return tiny.mug(folder, subjects=subjects, frame=frame())


def run(*words):
  return subprocess.run(
    [sys.executable, '-m', 'facegen_jax.data.prepare', *map(str, words)],
    capture_output=True,
    text=True,
    check=False,
  )


@pytest.mark.mini_trees
@pytest.mark.parametrize(('name', 'variant'), VARIANTS)
def test_fake_trees_read_back_as_they_lie(mini, tmp_path, name, variant):
  source = licensed.find(name, mini / name, variant)
  builder = licensed.prepare(source, tmp_path)
  found = {f'{c.subject}/{c.clip}': c for c in source.found.clips}
  read = records(builder)
  assert set(read) == set(found)
  for key, clip in found.items():
    _check_record(read[key], clip)
  made = report.read(builder.data_dir)
  assert made == licensed.judge(source)
  assert made.skipped == list(source.found.skipped)
  assert made.notes == list(source.found.notes)
  assert (made.clips, made.used) == (len(found), len(found))


def _check_record(record, clip):
  assert set(record) == set(features.clip_features())
  numbers = [int(n) for n in record['frame_numbers']]
  assert tuple(numbers) == clip.numbers
  if clip.frames:
    assert record['frames'] == [path.read_bytes() for path in clip.frames]
  shapes = {pictures.decode(data).shape for data in record['frames']}
  assert len(shapes) == 1 and len(record['frames']) == len(numbers)
  assert record['emotion'].decode() == clip.emotion
  assert record['emotion_id'] == vocabulary.emotion_id(clip.emotion)
  for name in ('onset', 'apex', 'offset'):
    index, number = int(record[name]), getattr(clip, name)
    assert (index == -1) if number is None else (numbers[index] == number)
  units = record['aus']
  rows = zip(units['au'], units['side'], units['intensity'], strict=True)
  assert [(int(a), s.decode()) for a, s, _ in rows] == [
    (unit.au, unit.side) for unit in clip.aus
  ]
  graded = clip.au_intensities
  np.testing.assert_allclose(
    record['au_intensities'],
    np.zeros((0, 12)) if graded is None else graded,
    rtol=1e-6,
  )
  assert (record['fps'], record['camera'].decode()) == (clip.fps, clip.camera)


def test_a_finished_dataset_is_reused_until_the_source_changes(tmp_path):
  root, data = of_mug(tmp_path / 'mug'), tmp_path / 'data'
  told = []
  first = licensed.prepare(
    licensed.find('mug', root), data, lambda *done: told.append(done)
  )
  assert told[-1] == ('written', 9, 9) and ('verified', 9, 9) in told
  count = len(told)
  again = licensed.find('mug', root)
  assert licensed.earlier(again, data) == []
  made = licensed.prepare(again, data, lambda *done: told.append(done))
  assert made.data_dir == first.data_dir and len(told) == count
  os.utime(root / '001/anger/take000/img_0000.jpg', ns=(1, 1))
  changed = licensed.find('mug', root)
  assert licensed.earlier(changed, data) == [os.fspath(first.data_dir)]
  other = licensed.prepare(changed, data)
  assert other.data_dir != first.data_dir
  one, two = (report.read(b.data_dir) for b in (first, other))
  assert (one.clip_list, one.content) == (two.clip_list, two.content)


def test_the_command_tells_of_a_changed_source(tmp_path):
  root = of_mug(tmp_path / 'mug', ('001',))
  words = '--dataset=mug', f'--manual_dir={root}', f'--data_dir={tmp_path}/d'
  assert run(*words).returncode == 0
  (root / '001/anger/take000/img_0003.jpg').write_bytes(frame(3))
  done = run(*words)
  assert done.returncode == 0
  assert 'the source has changed since' in done.stderr
  assert '4 frames' in done.stdout
  assert 'warning: 1 subjects, published are 52' in done.stderr


def test_hashes_tell_clips_and_contents_apart(tmp_path):
  def judged(name, numbers=range(3), data=b''):
    root = tmp_path / name
    tiny.mug_take(root / '001/anger/take000', numbers, data or frame())
    return licensed.judge(licensed.find('mug', root))

  one, same = judged('one'), judged('same')
  assert (one.clip_list, one.content) == (same.clip_list, same.content)
  longer, other = judged('longer', range(4)), judged('other', data=frame(9))
  assert longer.clip_list != one.clip_list
  assert other.clip_list == one.clip_list and other.content != one.content


def test_judging_writes_nothing(tmp_path):
  root = of_mug(tmp_path / 'mug')
  before = sorted(tmp_path.rglob('*'))
  done = run('--dataset=mug', f'--manual_dir={root}', '--report')
  assert done.returncode == 0, done.stderr
  assert 'clips by subject: 001 1, 002 1, 003 1' in done.stdout
  assert sorted(tmp_path.rglob('*')) == before


@pytest.mark.parametrize('stage', ['verified', 'written'])
def test_kill_9_changes_nothing(tmp_path, stage):
  subjects = [f'{i:03}' for i in range(300)]
  root = of_mug(tmp_path / 'mug', subjects)
  words = '--dataset=mug', f'--manual_dir={root}'
  command = [sys.executable, '-m', 'facegen_jax.data.prepare', *words]
  killed = subprocess.Popen(
    [*command, f'--data_dir={tmp_path / "data"}'],
    stderr=subprocess.PIPE,
    text=True,
  )
  with killed.stderr:
    for line in killed.stderr:
      if f'frames {stage}' in line:
        killed.send_signal(signal.SIGKILL)
        break
  assert killed.wait() == -signal.SIGKILL
  assert not list((tmp_path / 'data').glob('mug/*/1.0.0'))
  assert any((tmp_path / 'data/unfinished').rglob('*.json'))
  source = licensed.find('mug', root)
  on, new = (licensed.prepare(source, tmp_path / d) for d in ('data', 'new'))
  assert report.read(on.data_dir) == report.read(new.data_dir)
  ours, theirs = records(on), records(new)
  assert set(ours) == set(theirs) and len(ours) == 300
  assert all(ours[key]['frames'] == theirs[key]['frames'] for key in ours)
  assert not any((tmp_path / 'data/unfinished').iterdir())


def test_what_the_journal_holds_is_not_opened_again(tmp_path, monkeypatch):
  root = of_mug(tmp_path / 'mug')
  source = licensed.find('mug', root)
  told = []

  def stop(stage, done, total):
    told.append(done)
    if done == 6:
      raise KeyboardInterrupt

  with pytest.raises(KeyboardInterrupt):
    licensed.prepare(source, tmp_path / 'data', stop)
  opened, look = [], licensed.verify.__globals__['_picture']
  monkeypatch.setitem(
    licensed.verify.__globals__,
    '_picture',
    lambda path: opened.append(path) or look(path),
  )
  licensed.prepare(source, tmp_path / 'data')
  assert len(opened) == 3


def test_journal_values_are_whole_or_absent(tmp_path):
  kept = journal.Journal(tmp_path / 'j')
  value = {'a': [float(np.float32(0.1)), None]}
  kept.put('key', value)
  again = journal.Journal(tmp_path / 'j')
  assert again.get('key') == value and again.get('other') is None
  again.clear()
  assert again.get('key') is None and not (tmp_path / 'j').exists()
  nowhere = journal.Journal(None)
  nowhere.put('key', value)
  assert nowhere.get('key') is None


def test_shards_are_bounded_and_hold_everything(tmp_path, monkeypatch):
  root = of_mug(tmp_path / 'mug', [f'{i:03}' for i in range(7)])
  monkeypatch.setattr(download, '_SHARD_BYTES', 7 * len(frame()))
  builder = licensed.prepare(licensed.find('mug', root), tmp_path / 'data')
  assert builder.info.splits['full'].num_shards == 4  # of two clips of three
  assert len(records(builder)) == 7


def test_two_processes_cover_each_epoch_once(tmp_path):
  subjects = [f'{i:03}' for i in range(8)]
  root = of_mug(tmp_path / 'mug', subjects)
  builder = licensed.prepare(licensed.find('mug', root), tmp_path / 'data')
  source = builder.as_data_source(split='full')
  seen = []
  for rows in ([0, 1], [2, 3]):
    batches = pipeline.batches(
      lambda i, rng: {'who': np.int32(source[i]['subject'])},
      len(source),
      batch_size=4,
      seed=0,
      threads=1,
      rows=rows,
    )
    seen.append([list(next(batches)['who']) for _ in range(8)])
  for epoch in range(4):
    steps = slice(2 * epoch, 2 * epoch + 2)
    shown = np.concatenate(seen[0][steps] + seen[1][steps])
    assert sorted(shown) == list(range(8))
  mine, theirs = (
    {int(r['subject']) for r in grain.MapDataset.source(source)[rank::2]}
    for rank in range(2)
  )
  assert mine | theirs == set(range(8)) and not mine & theirs


def test_nothing_of_tensorflow_is_loaded(tmp_path):
  root = of_mug(tmp_path / 'mug', ('001',))
  code = f"""
import sys
from facegen_jax.data.builders import prepare
import grain
builder = prepare.prepare(prepare.find('mug', {str(root)!r}), {str(tmp_path)!r})
source = builder.as_data_source(split='full')
print(len(grain.MapDataset.source(source)[0]['frames']))
print('tensorflow' in sys.modules)
"""
  done = subprocess.run(
    [sys.executable, '-c', code], capture_output=True, text=True, check=False
  )
  assert done.returncode == 0, done.stderr
  assert done.stdout.split() == ['3', 'False']


@pytest.mark.parametrize(
  ('words', 'message'),
  [
    (['--dataset=mug', '--manual_dir=none'], 'none: no such folder'),
    (['--dataset=mug'], '--manual_dir is missing'),
    (['--dataset=smic', '--variant=hs', '--manual_dir=.'], 'no variant'),
  ],
)
def test_mistakes_are_one_line(words, message):
  done = run(*words)
  assert done.returncode == 2
  assert done.stderr.startswith('error: ') and done.stderr.count('\n') == 1
  assert message in done.stderr


def test_a_download_in_two_folders_is_told(tmp_path):
  for part in ('part1', 'part2'):
    of_mug(tmp_path / 'mug' / part, ('001',))
  with pytest.raises(UserError, match='found in 2 folders: part1, part2'):
    licensed.find('mug', tmp_path / 'mug')


def test_the_home_of_nobody_is_no_folder():
  with pytest.raises(UserError, match='no such folder'):
    licensed.find('mug', '~nobody-of-this-name/mug')


def test_no_usable_frame_is_one_error_and_leaves_nothing(tmp_path):
  root = tiny.mug(tmp_path / 'mug', frame=b'nothing')
  source = licensed.find('mug', root)
  with pytest.raises(UserError, match=r'none can be used.*img_0000\.jpg'):
    licensed.prepare(source, tmp_path / 'data')
  assert not list((tmp_path / 'data').rglob('*.array_record*'))


def test_a_full_disk_names_the_folder(tmp_path, monkeypatch):
  root = of_mug(tmp_path / 'mug')

  def full(self, folder):
    raise OSError(28, 'No space left on device')

  monkeypatch.setattr(report.Report, 'write', full)
  with pytest.raises(UserError, match=r'data: .*No space left'):
    licensed.prepare(licensed.find('mug', root), tmp_path / 'data')


def test_a_report_says_where_counts_differ_and_reads_back(tmp_path):
  made = report.Report(
    dataset='d', source='s', fingerprint='f', published={'subjects': 2}
  )
  record = {'subject': 'a', 'clip': 'b', 'emotion': '', 'frame_numbers': [3]}
  made.count(record | {'onset': -1, 'apex': -1, 'offset': -1})
  made.skipped.append(('x', 'why'))
  assert made.differences() == ['1 subjects, published are 2']
  made.write(tmp_path)
  assert report.read(tmp_path) == made
  assert json.loads((tmp_path / report.FILE).read_text())['clips'] == 1
  assert '  skipped x: why' in made.text().splitlines()


def test_every_dataset_has_its_page():
  for name in vocabulary.LICENSED:
    source = __import__(
      f'facegen_jax.data.builders.{name}', fromlist=['PUBLISHED']
    )
    text = source.__doc__
    assert 'licence' in text or 'agreement' in text, name
    for word in ('http', 'Cit', 'Accepted', 'Published'):
      assert word in text, (name, word)
  assert set(prepare.DATASETS) == {'folder', *vocabulary.LICENSED}
