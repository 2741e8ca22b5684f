"""Boundaries come back from their file, or are refused by name."""

import json

import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
from tiny_units import LAYERS, units_of

from facegen_jax.core.errors import UserError
from facegen_jax.core.state import Net, State
from facegen_jax.systems.au_transfer import unit_file


def state(value=1.0, step=7):
  net = Net({'kernel': jnp.full((2, 2), value)}, {'w_avg': jnp.ones(3)}, None)
  return State(jnp.int32(step), {'generator': net})


CONFIG = ml_collections.ConfigDict({'data': {'size': 16}, 'model': {'w': 5}})


@pytest.fixture
def workdir(tmp_path):
  """A run's folder with boundaries of its generator."""
  about = unit_file.about(CONFIG, LAYERS, state())
  unit_file.write(tmp_path / unit_file.NAME, units_of(**about))
  return tmp_path


def test_there_and_back(workdir):
  path = workdir / unit_file.NAME
  found, wanted = unit_file.read(path), units_of()
  for name in set(wanted._fields) - {'generator'}:
    np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
  assert isinstance(found.size, int) and isinstance(found.names, tuple)
  assert found.numbers == (6, 12, 25)
  text = json.loads(path.with_suffix('.json').read_text())
  assert text['accuracy_held'] == [0.9, None, 0.7]
  assert np.shape(text['cosines']) == (3, 3) and 'normals' not in text
  assert not list(workdir.glob('*.part'))


def test_of_the_run(workdir):
  found = unit_file.of_run(workdir, CONFIG, LAYERS, state())
  assert found.step == 7
  with pytest.raises(
    UserError, match=r'another generator \(at step 7\), the run is at step 9'
  ):
    unit_file.of_run(workdir, CONFIG, LAYERS, state(1.5, 9))
  # A later step of the same weights (v has learned) is the same generator.
  unit_file.of_run(workdir, CONFIG, LAYERS, state(step=9))


@pytest.mark.parametrize(
  ('field', 'value', 'told'),
  [
    ('size', 32, 'size 16, that of the run has 32'),
    ('layers', 8, 'layers 6, that of the run has 8'),
    ('w', 4, 'w 5, that of the run has 4'),
  ],
)
def test_of_another_size(workdir, field, value, told):
  config, layers = CONFIG.copy_and_resolve_references(), LAYERS
  if field == 'layers':
    layers = value
  else:
    config[{'size': 'data', 'w': 'model'}[field]][field] = value
  with pytest.raises(UserError, match=f'{told}.*facegen_jax.units --workdir'):
    unit_file.of_run(workdir, config, layers, state())


def test_none_yet(tmp_path):
  with pytest.raises(UserError, match=r'units\.npz: no boundaries.*\.units'):
    unit_file.read(tmp_path / unit_file.NAME)


BROKEN = {
  'a normal too few': {'normals': np.zeros((2, 5))},
  'no number': {'intercepts': np.array([np.nan, 0, 0])},
  'text': {'spread': np.array(['a', 'b', 'c'])},
  'unknown space': {'space': 'z'},
  'unknown unit': {'names': ('AU6', 'AU12', 'AU7')},
  'a unit twice': {'names': ('AU6', 'AU12', 'AU12')},
  'no unit': {'names': ('smile', 'AU12', 'AU6')},
  'too many rows': {'rows': 9},
}


@pytest.mark.parametrize('change', BROKEN.values(), ids=BROKEN)
def test_parts_that_do_not_fit(tmp_path, change):
  path, arrays = tmp_path / unit_file.NAME, {}
  units = units_of(**change)
  for name in unit_file._ARRAYS:
    arrays[name] = getattr(units, name)
  told = {k: getattr(units, k) for k in ('names', *unit_file._PLAIN)}
  np.savez(path, about=np.array(json.dumps(told)), **arrays)
  with pytest.raises(UserError, match='not boundaries of ours'):
    unit_file.read(path)


def test_damaged_files(workdir):
  path = workdir / unit_file.NAME
  whole = path.read_bytes()
  for data in (whole[: len(whole) // 2], b'no archive', b''):
    path.write_bytes(data)
    with pytest.raises(UserError, match=r'units\.npz'):
      unit_file.read(path)
  np.savez(path, codes=np.zeros(3))
  with pytest.raises(UserError, match='not boundaries of ours'):
    unit_file.read(path)
  np.savez(path, about=np.array([{}], object))  # would need pickle
  with pytest.raises(UserError, match=r'units\.npz'):
    unit_file.read(path)
