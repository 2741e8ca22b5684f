"""A folder of transferred clips: what it holds, and that it goes on."""

import csv
import dataclasses
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from smoke import ROOT, command, environment
from tiny_transfers import first_step

from facegen_jax import runs
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.data import datasets, generated, video
from facegen_jax.data.clips import Clips
from facegen_jax.data.folds import Person
from facegen_jax.transfers import sweep
from facegen_jax.transfers.chosen import Wanted

COUNT, BATCH = 60, 4
ALL = Wanted(kind='all', count=COUNT)


@pytest.fixture(scope='module')
def run(data_dir, tmp_path_factory):
  return first_step(tmp_path_factory.mktemp('run'), data_dir)


@pytest.fixture(scope='module')
def whole(run, tmp_path_factory):
  """The folder of an unbroken sweep, and what it told."""
  out = tmp_path_factory.mktemp('whole')
  return out, sweep.sweep(run, out, ALL, batch=BATCH)


def contents(folder):
  return {p.name: p.read_bytes() for p in folder.iterdir()}


def rows(folder, name):
  with (folder / name).open(newline='') as file:
    return list(csv.DictReader(file))


def test_the_folder_is_read_as_generated_clips(whole):
  folder, about = whole
  made = generated.read(folder, dataset='synth_face', size=32)
  assert len(made.clips) == COUNT
  assert {person for person, how in made.people.items()} == {
    Person('synth_face', s.partition('/')[2]) for s in about['trained_on']
  }
  assert len(about['trained_on']) == 2
  assert made.described['driven_by_the_same_person'] == about['own_person']
  assert 0 < about['own_clip'] < about['own_person'] < 1
  assert about['pairs_possible'] == 144
  assert about == json.loads((folder / 'generator.json').read_text())
  assert (folder / 'sheet.png').is_file()
  assert not list(folder.glob('.*'))


def test_clips_are_what_the_run_generates(whole, run, data_dir):
  """By the labels of the folder, one clip at a time and on its own."""
  folder, _ = whole
  system, state, config = runs.open_generator(run)
  generate = runs.generator(system, state)
  clips = datasets.load(config.data).train
  named = {(f'synth_face/{c.subject}', c.name): c for c in clips}
  labels, pairs = rows(folder, 'labels.csv'), rows(folder, 'pairs.csv')
  for i in (0, COUNT - 1):
    source = named[labels[i]['source_subject'], pairs[i]['source_clip']]
    driver = named[labels[i]['subject'], pairs[i]['driving_clip']]
    assert labels[i]['emotion'] == driver.emotion
    frames = range(len(driver))
    made = generate(
      source=to_unit(source.picture(0))[None],
      source_landmarks=source.points(0)[None],
      driving=to_unit(np.stack([driver.picture(t) for t in frames])),
      driving_landmarks=np.stack([driver.points(t) for t in frames]),
      first=to_unit(driver.picture(0))[None],
      first_landmarks=driver.points(0)[None],
    )
    shown = np.stack(list(video.read(folder / labels[i]['file'])))
    assert shown.shape == made.shape
    # Colour is stored at half of the resolution.
    gray = [x.astype(float).mean(-1) for x in (shown, to_uint8(made))]
    assert np.abs(gray[0] - gray[1]).mean() < 2
    info = video.probe(folder / labels[i]['file'])
    assert float(info.fps) == pytest.approx(driver.fps)


def test_kill_9_and_the_same_command_make_the_same_files(whole, run, tmp_path):
  folder, about = whole
  out = tmp_path / 'made'
  words = [f'--workdir={run}', f'--out={out}', f'--count={COUNT}']
  process = subprocess.Popen(
    [
      *(sys.executable, '-m', 'facegen_jax.transfer_clips', *words),
      f'--batch={BATCH}',
    ],
    cwd=ROOT,
    env=environment(),
    stderr=subprocess.DEVNULL,
  )
  while process.poll() is None and len(list(out.glob('*.mp4'))) < 5:
    time.sleep(0.002)
  process.send_signal(signal.SIGKILL)
  process.wait()
  there = contents(out)
  assert 5 <= sum(name.endswith('.mp4') for name in there) < COUNT
  assert 'labels.csv' not in there
  (out / '.000059.x.part').write_bytes(b'cut short')
  assert sweep.sweep(run, out, ALL, batch=BATCH) == about
  assert contents(out) == contents(folder)


def test_two_devices_paint_the_same(whole, run, tmp_path):
  folder, _ = whole
  done = command(
    'transfer_clips',
    f'--workdir={run}',
    f'--out={tmp_path}',
    '--count=3',
    f'--batch={BATCH}',
    XLA_FLAGS='--xla_force_host_platform_device_count=2',
  )
  assert done.returncode == 0, done.stderr
  assert '"clips": 3, "pairs_wanted": 3, "pairs_possible": 144' in done.stdout
  for name in ('000000.mp4', '000002.mp4'):
    one, two = (
      np.stack(list(video.read(place / name))).astype(float)
      for place in (folder, tmp_path)
    )
    assert np.abs(one - two).mean() < 0.1
  done = command(
    'transfer_clips',
    f'--workdir={run}',
    f'--out={tmp_path}',
    '--batch=3',
    XLA_FLAGS='--xla_force_host_platform_device_count=2',
  )
  assert done.returncode == 2
  assert '--batch=3 does not divide over 2 devices' in done.stderr


def test_what_is_whole_is_not_made_again(whole, run, monkeypatch):
  folder, about = whole
  before = contents(folder)
  monkeypatch.setattr(sweep, 'Painter', None)
  assert sweep.sweep(run, folder, ALL, batch=BATCH) == about
  assert contents(folder) == before


def test_a_longer_count_adds_clips(whole, run, tmp_path):
  folder, _ = whole
  for count in (7, 12):
    some = ALL._replace(count=count)
    about = sweep.sweep(run, tmp_path, some, batch=BATCH)
    assert about['clips'] == count
    assert len(rows(tmp_path, 'labels.csv')) == count
  for i in range(12):
    name = f'{i:06}.mp4'
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


OTHERS = {
  'seed': (ALL._replace(seed=1), r'clips with seed=0, now it is 1'),
  'pairs': (ALL._replace(kind='cross'), r"pairs='all', now it is 'cross'"),
}


@pytest.mark.parametrize('name', OTHERS)
def test_a_folder_of_other_pairs_is_refused(whole, run, name):
  wanted, told = OTHERS[name]
  with pytest.raises(UserError, match=f'{told}: give another --out'):
    sweep.sweep(run, whole[0], wanted, batch=BATCH)


def test_a_folder_of_another_run_is_refused(whole, data_dir, tmp_path):
  other = first_step(tmp_path / 'run', data_dir, seed=1)
  with pytest.raises(UserError, match=r"weights='\w{12}', now it is"):
    sweep.sweep(other, whole[0], ALL, batch=BATCH)


def test_a_folder_that_somebody_else_made_is_left(run, tmp_path):
  (tmp_path / 'labels.csv').write_text('mine')
  with pytest.raises(UserError, match='made elsewhere: give another --out'):
    sweep.sweep(run, tmp_path, ALL, batch=BATCH)
  assert contents(tmp_path) == {'labels.csv': b'mine'}


def test_a_damaged_clip_is_skipped_counted_and_named(
  run, tmp_path, monkeypatch
):
  load = datasets.load

  def harmed(config):
    data = load(config)
    frames = [*data.train[0].frames]
    frames[3] = b'no picture'
    bad = dataclasses.replace(data.train[0], frames=tuple(frames))
    rest = [data.train[i] for i in range(1, len(data.train))]
    return data._replace(train=Clips([bad, *rest]))

  monkeypatch.setattr(datasets, 'load', harmed)
  some = ALL._replace(count=40)
  about = sweep.sweep(run, tmp_path, some, batch=BATCH)
  ((name, why),) = about['skipped'].items()
  assert name == f'{about["trained_on"][0]}/anger'
  assert 'frame 3' in why
  driven = [row['driving_clip'] for row in rows(tmp_path, 'pairs.csv')]
  whose = [row['subject'] for row in rows(tmp_path, 'labels.csv')]
  assert (about['trained_on'][0], 'anger') not in set(
    zip(whose, driven, strict=True)
  )
  assert 0 < about['clips'] == len(driven) < 40
  before = contents(tmp_path)
  assert sweep.sweep(run, tmp_path, some, batch=BATCH) == about
  assert contents(tmp_path) == before


def test_megc2021_is_of_people_the_run_has_not_seen(run, tmp_path):
  wanted = Wanted(kind='megc2021')
  about = sweep.sweep(run, tmp_path, wanted, batch=BATCH)
  assert (about['clips'], about['own_person']) == (18, 0)
  labels = rows(tmp_path, 'labels.csv')
  people = {row[k] for row in labels for k in ('subject', 'source_subject')}
  assert not people & set(about['trained_on'])
  assert len({row['source_subject'] for row in labels}) == 2
