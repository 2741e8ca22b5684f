"""Portraits to codes: a face, a folder, what is left out, what is refused."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image
import pytest
import tiny_codes
from tiny_codes import LAYERS, SIDE, W

from facegen_jax import encoded_faces
from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer import codes


@pytest.fixture(autouse=True)
def opened(monkeypatch):
  """Any workdir is the run of two matrices."""
  made = tiny_codes.encoder(iterations=10)
  monkeypatch.setattr(encoded_faces, 'open_encoder', lambda workdir: made)


@pytest.fixture
def folder(tmp_path):
  """Three portraits and a file that is none."""
  place = tmp_path / 'faces'
  place.mkdir()
  rng = np.random.default_rng(0)
  for name in ('b', 'a', 'c'):
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8))
    small.resize((40, 48)).save(place / f'{name}.png')
  (place / 'notes.txt').write_text('none')
  return place


def encode(source, out, **more):
  return encoded_faces.write(out, source, out, aligned=False, **more)


def read(path):
  return codes.read(path, layers=LAYERS, w=W, size=SIDE)


def test_a_folder(folder, tmp_path, capsys):
  out = tmp_path / 'deep' / 'out'
  saved = encode(folder, out, start='mean')
  again = read(out / 'codes.npz')
  assert again.names.tolist() == ['a', 'b', 'c']
  assert (again.size, again.step, again.start) == (SIDE, 7, 'mean')
  for a, b in zip(saved, again, strict=True):
    np.testing.assert_array_equal(a, b)
  for name in 'abc':
    with Image.open(out / f'{name}.png') as picture:
      assert picture.size == (SIDE, SIDE)
  # The portrait, then after 0, 1, 2, 4, 8, 10 updates.
  with Image.open(out / 'sheet.png') as sheet:
    assert sheet.size == (7 * (SIDE + 2) - 2, 3 * (SIDE + 2) - 2)
  assert 'first loss' in capsys.readouterr().out


def test_a_portrait_from_all_starts(folder, tmp_path):
  out = tmp_path / 'out'
  saved = encode(folder / 'a.png', out, start='all')
  assert (saved.start, saved.names.tolist()) == ('v', ['a'])
  figures = json.loads((out / 'encoding.json').read_text())
  assert {*figures['encoding']} == {'v', 'mean', 'random'}
  (curve,) = figures['encoding_curves']
  assert curve['x'] == list(range(1, 12)) and curve['x_log2']
  np.testing.assert_allclose(
    curve['series']['v'], saved.trace.mean(0), atol=1e-6
  )
  svg = ElementTree.parse(out / 'curve.svg').getroot()
  assert svg.tag == '{http://www.w3.org/2000/svg}svg'
  words = ''.join(svg.itertext())
  assert all(start in words for start in ('v', 'mean', 'random'))
  assert len(svg.findall('{*}polyline')) == 6  # a line and a key each


def test_what_is_damaged_is_left_out(folder, tmp_path, caplog):
  (folder / 'd.png').write_bytes(b'no picture')
  out = tmp_path / 'out'
  with caplog.at_level('WARNING', 'absl'):
    saved = encode(folder, out)
  assert saved.names.tolist() == ['a', 'b', 'c']
  assert 'left out' in caplog.text and 'd.png' in caplog.text


def test_what_is_no_source(folder, tmp_path):
  out = tmp_path / 'out'
  with pytest.raises(UserError, match=r'none\.png: no such picture'):
    encode(folder / 'none.png', out)
  (tmp_path / 'empty').mkdir()
  with pytest.raises(UserError, match='empty holds no picture'):
    encode(tmp_path / 'empty', out)
  (folder / 'a.jpg').write_bytes((folder / 'a.png').read_bytes())
  with pytest.raises(UserError, match='several pictures called a: rename'):
    encode(folder, out)
  for path in folder.iterdir():
    path.write_bytes(b'')
  (folder / 'a.jpg').unlink()
  with pytest.raises(UserError, match='none of 3 pictures can be encoded'):
    encode(folder, out)


def test_a_place_that_is_a_file(folder):
  with pytest.raises(UserError, match=r'--out=.*a\.png: cannot be made'):
    encode(folder / 'b.png', folder / 'a.png')


@pytest.fixture
def saved(folder, tmp_path):
  encode(folder, tmp_path / 'out')
  return tmp_path / 'out' / 'codes.npz'


def changed(path, **values):
  with np.load(path) as archive:
    arrays = {name: archive[name] for name in archive.files} | values
  np.savez(path, **{k: v for k, v in arrays.items() if v is not None})
  return path


@pytest.mark.parametrize(
  ('values', 'told'),
  [
    ({'trace': None}, 'holds no trace: give a file of codes'),
    ({'names': np.array(['a'])}, r'names has the shape \(1,\)'),
    ({'codes': np.zeros((3, 4))}, r'codes has the shape \(3, 4\)'),
    ({'codes': np.full((3, LAYERS, W), np.nan)}, 'codes with NaN'),
    ({'codes': np.zeros((3, 4, W))}, 'codes of 4 x 6 for 8 px, this run wants'),
    ({'size': 16}, 'for 16 px, this run wants 2 x 6 for 8 px'),
    ({'names': np.array([{}, {}, {}])}, 'cannot be read: Object arrays'),
  ],
)
def test_codes_of_another_form(saved, values, told):
  with pytest.raises(UserError, match=told):
    read(changed(saved, **values))


def test_damaged_codes(saved, tmp_path):
  whole = saved.read_bytes()
  for length in (0, 10, len(whole) // 2, len(whole) - 30):
    saved.write_bytes(whole[:length])
    with pytest.raises(UserError, match=r'codes\.npz (is damaged|cannot be)'):
      read(saved)
  with pytest.raises(UserError, match=r'none\.npz cannot be read'):
    read(tmp_path / 'none.npz')
