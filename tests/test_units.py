"""facegen_jax.units: boundaries of a run from its data or from a CSV."""

import json
import shutil

import cv2
from found_faces import detected
import ml_collections
import numpy as np
import pytest
from tiny_clips import clips_of
import tiny_codes
import tiny_downloads
import tiny_edits

from facegen_jax import runs, unit_run
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8
from facegen_jax.data import datasets, pictures
from facegen_jax.data.builders import prepare
from facegen_jax.data.config import data_config
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import unit_file

SIX, TWELVE = AUS.index(6), AUS.index(12)


def painted(people=6):
  """Pictures of codes of people, neutral and with AU6 or AU12, and labels."""
  rng = np.random.default_rng(3)
  shown = np.zeros((3, 12), np.float32)
  shown[1, SIX], shown[2, TWELVE] = 1, 1
  ways = np.zeros((12, tiny_codes.W))
  ways[SIX, 0], ways[TWELVE, 1] = 2, 2
  base = 0.4 * rng.standard_normal((people, tiny_codes.LAYERS, tiny_codes.W))
  codes = base.repeat(3, 0) + np.tile(shown @ ways, (people, 1))[:, None]
  drawn = to_uint8(tiny_codes.render(codes.astype(np.float32)))
  return drawn, np.tile(shown, (people, 1)), np.repeat(np.arange(people), 3)


@pytest.fixture
def run(monkeypatch, tmp_path):
  """The folder of a run that has no boundaries yet."""
  tiny_edits.run(monkeypatch, tmp_path / 'run')
  for path in (tmp_path / 'run').iterdir():
    path.unlink()
  return tmp_path / 'run'


@pytest.fixture
def data(monkeypatch):
  """The run's dataset: clips whose lower third reddens with a unit."""
  clips = clips_of(subjects=4, frames=9, size=8, emotions=(SIX, TWELVE))
  found = datasets.Dataset(clips, clips.of(()), {'name': 'tiny'})
  monkeypatch.setattr(datasets, 'load', lambda config: found)
  return clips


@pytest.fixture
def labels(tmp_path):
  """A CSV of painted pictures, at 40 px."""
  lines = ['file,person,AU6,AU12']
  for i, (picture, shown, who) in enumerate(zip(*painted(), strict=True)):
    whole = cv2.resize(picture, (40, 40), interpolation=cv2.INTER_NEAREST)
    pictures.write(tmp_path / f'{i}.png', whole)
    lines.append(f'{i}.png,p{who},{shown[SIX]:g},{shown[TWELVE]:g}')
  path = tmp_path / 'faces.csv'
  path.write_text('\n'.join(lines))
  return path


def test_boundaries_of_the_runs_own_people(run, data, capsys, caplog):
  units = unit_run.fit(run)
  found = unit_file.of_run(run, *of_run())
  np.testing.assert_array_equal(found.normals, units.normals)
  assert units.names == ('AU6', 'AU12')
  assert (units.accuracy_train > 0.8).all()
  # Neutral frames of two clips each, and those at 0.8 or more.
  shown = data[0].au_intensities[:, SIX] >= 0.8
  assert units.counts[:, 0].tolist() == [4 * shown.sum()] * 2
  assert units.counts[:, 2:].tolist() == [[4, 4]] * 2
  told = capsys.readouterr().out
  assert 'AU12' in told and 'cosines' in told and 'in w, rows 0 to 1' in told
  assert 'AU1: left out, 0 people show it' in caplog.text
  assert 'fewer than 10 people' in caplog.text
  read = json.loads((run / 'units.json').read_text())
  assert read['provenance']['data'] == {'name': 'tiny'}
  assert read['provenance']['encoding']['iterations'] == 40


def of_run():
  """Arguments of `unit_file.of_run` for the run."""
  system, state, config = tiny_edits.opened()
  return config, system.layers, state


def test_values_replace_those_of_the_run(run, data):
  values = {'space': 'wplus', 'normal': 'paired', 'people': 3, 'layers': 1}
  units = unit_run.fit(run, values=values)
  assert units.normals.shape == (2, tiny_codes.W)
  assert (units.space, units.rows, units.layers) == ('wplus', 1, 2)
  assert units.provenance['encoding']['people'] == 3
  assert units.provenance['normal'] == 'paired'


def test_directions_through_the_generator(run, data, capsys):
  units = unit_run.fit(run, values={'normal': 'walked', 'people': 3})
  told = units.provenance['encoding']
  positive, neutral = units.counts[:, 0].sum(), units.counts[0, 1]
  assert told['faces'] == told['people'] == 3  # a neutral one of each
  assert told['walk']['faces'] == positive + neutral - 3
  assert told['walk']['steps'] == 120
  assert 'nan' in capsys.readouterr().out  # no accuracy: codes follow labels
  found = unit_file.of_run(run, *of_run())
  np.testing.assert_array_equal(found.normals, units.normals)


def test_the_same_run_gives_the_same_file(run, data):
  files = []
  for _ in range(2):
    unit_run.fit(run)
    files.append((run / 'units.json').read_bytes())
  assert files[0] == files[1]


def test_boundaries_of_a_table(run, labels):
  units = unit_run.fit(run, labels=labels, align=False)
  assert units.names == ('AU6', 'AU12')
  assert (units.accuracy_held > 0.9).all()
  assert abs(units.normals).argmax(1).tolist() == [0, 1]  # as painted
  assert units.provenance['labels'] == 'faces.csv'


def test_a_table_that_names_nobody(run, labels, caplog, monkeypatch):
  detected(monkeypatch)
  text = labels.read_text().splitlines()
  cells = [line.split(',') for line in text]
  labels.write_text('\n'.join(','.join([c[0], *c[2:]]) for c in cells))
  units = unit_run.fit(run, labels=labels)
  assert 'no column person' in caplog.text
  assert units.provenance['encoding']['people'] == 18


def test_another_systems_run(run, monkeypatch):
  system, state, config = tiny_edits.opened()
  config.system = 'sslg'
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )
  with pytest.raises(UserError, match='a run of sslg has no codes'):
    unit_run.fit(run)


@pytest.mark.parametrize(
  ('field', 'value', 'told'),
  [
    ('space', 'z', r"units\.space='z': choose one of"),
    ('normal', 'tree', r"units\.normal='tree': choose one of"),
    ('most', 0, r'units\.most=0: at least 1'),
    ('layers', -1, r'units\.layers=-1: at least 0'),
    ('c', -1.0, r'units\.c=-1\.0: at least 0'),
    ('least', 0.0, r'units\.least=0\.0: an intensity'),
    ('least', 1.5, r'units\.least=1\.5: an intensity'),
  ],
)
def test_values_that_do_not_exist(run, field, value, told):
  with pytest.raises(UserError, match=told):
    unit_run.fit(run, values={field: value})


def at_rest(tree, folder, frames=4):
  """A copy of the fake tree in which faces begin neutral."""
  shutil.copytree(tree, folder, copy_function=shutil.copyfile)
  for path in (folder / 'ActionUnit_Labels').rglob('*.txt'):
    lines = path.read_text().splitlines()
    lines[:frames] = [f'{i + 1},0' for i in range(frames)]
    path.write_text('\n'.join(lines))
  return folder


@pytest.mark.mini_trees
def test_disfa_by_the_runs_config(run, mini, tmp_path, monkeypatch):
  """Its videos show noise, but have the twelve grades."""
  tree = at_rest(mini / 'disfa', tmp_path / 'disfa')
  clips = prepare.find('disfa', tree).found.clips
  config = tiny_edits.opened()[2]
  config.data = ml_collections.ConfigDict(
    data_config(
      name='disfa',
      dir=str(tmp_path / 'data'),
      manual_dir=str(tree),
      landmarks=str(tiny_downloads.own_landmarks(tmp_path / 'own.csv', clips)),
      crop='aligned',
      size=tiny_codes.SIDE,
      held_out=0.0,
    )
  )
  system, state, _ = tiny_edits.opened()
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )
  units = unit_run.fit(run, values={'fewest': 1, 'most': 3, 'iterations': 2})
  assert set(units.numbers) <= set(AUS) and len(units.names)
  assert units.provenance['data']['dataset'].startswith('disfa')
  found = unit_run.of_clips(
    datasets.load(config.data), {'least': 0.8, 'most': 3}
  )
  whole = {c.subject: c for c in datasets.load(config.data).train}
  assert {*found.people} <= {*whole}
  # Grades 4 and 5 are 0.8 and 1.
  grades = found.intensities * 5
  np.testing.assert_allclose(grades, grades.round(), atol=1e-5)
  assert ((grades >= 4).any(1) | (grades == 0).all(1)).all()
