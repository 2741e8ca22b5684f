"""The parity command: its verdicts, its exit status and the stored outputs."""

import json

import numpy as np
import pytest

from facegen_jax.weights import parity
from facegen_jax.weights.parity_case import Case, Tolerance


def _sigmoid(x):
  return 1 / (1 + np.exp(-x))


def _scse(folder, name='scse', **changes):
  """A stored scSE file, computed here with numpy in PyTorch's layouts."""
  draw = np.random.default_rng(0)
  shapes = {
    'cSE.fc1.weight': (2, 6),
    'cSE.fc1.bias': (2,),
    'cSE.fc2.weight': (6, 2),
    'cSE.fc2.bias': (6,),
    'sSE.conv.weight': (1, 6, 1, 1),
    'sSE.conv.bias': (1,),
  }
  p = {k: draw.normal(size=s).astype(np.float32) for k, s in shapes.items()}
  x = draw.normal(size=(2, 6, 3, 4)).astype(np.float32)
  hidden = np.maximum(
    x.mean((2, 3)) @ p['cSE.fc1.weight'].T + p['cSE.fc1.bias'], 0
  )
  gate = _sigmoid(hidden @ p['cSE.fc2.weight'].T + p['cSE.fc2.bias'])
  cse = x * gate[:, :, None, None]
  spatial = np.einsum('bchw,c->bhw', x, p['sSE.conv.weight'].ravel())
  sse = x * _sigmoid(spatial + p['sSE.conv.bias'])[:, None]
  config = {'op': 'scse', 'channels': 6, 'reduction': 3}
  arrays = {f'param/{k}': v for k, v in p.items()}
  arrays |= {'in/x': x, 'out/cse': cse, 'out/sse': sse}
  arrays |= {'out/add': cse + sse, 'out/max': np.maximum(cse, sse)}
  arrays |= {'config': json.dumps(config), **changes}
  arrays = {k: v for k, v in arrays.items() if v is not None}
  np.savez(folder / f'{name}.npz', **arrays)
  return arrays


def test_equal_outputs_are_ok(tmp_path, capsys):
  _scse(tmp_path, name='any-name')
  assert parity.main([str(tmp_path)]) == 0
  row = capsys.readouterr().out.splitlines()[1].split()
  assert (row[0], row[1], row[-1]) == ('any-name', '4', 'ok')
  assert float(row[2]) < 1e-5


@pytest.mark.parametrize('error', [2e-5, np.nan])
def test_one_wrong_number_fails(tmp_path, capsys, error):
  arrays = _scse(tmp_path)
  wrong = arrays['out/sse'].copy()
  wrong[1, 2, 0, 3] += error
  _scse(tmp_path, **{'out/sse': wrong})
  assert parity.main([str(tmp_path)]) == 1
  row = capsys.readouterr().out.splitlines()[1]
  assert 'sse' in row and 'FAIL' in row


@pytest.mark.parametrize(
  ('changes', 'words'),
  [
    ({'param/sSE.conv.bias': None}, 'missing: sSE.conv.bias'),
    ({'param/spare': np.zeros(1)}, 'extra: spare'),
    ({'in/x': None}, "no 'x'"),
    ({'out/new': np.zeros(1)}, 'no new'),
    ({'out/add': np.zeros((2, 6, 3, 5))}, 'inf'),
    ({'config': '{"op": "scse", "channels": 6}'}, "no 'reduction'"),
    ({'config': '{"op": "other"}'}, 'unsupported (other)'),
    ({'config': '{}'}, 'unsupported'),
  ],
)
def test_what_cannot_be_compared_is_told(tmp_path, capsys, changes, words):
  _scse(tmp_path, name='a')
  _scse(tmp_path, name='b', **changes)
  assert parity.main([str(tmp_path)]) == 1
  good, bad = capsys.readouterr().out.splitlines()[1:3]
  assert good.endswith('ok')
  assert words in bad
  assert not bad.endswith('ok')


@pytest.mark.parametrize(('flips', 'verdict'), [(2, 'ok'), (3, 'FAIL')])
def test_some_values_may_stray_over_a_threshold(flips, verdict):
  case = Case(None, lambda _: Tolerance(1e-5, strays=1e-3))
  theirs = np.ones((40, 50))
  ours = theirs.copy()
  ours.flat[:flips] = 0
  golden = parity.Golden({}, {}, {}, {'maps': theirs})
  assert parity.compare(case, golden, {'maps': ours}, 'x').verdict == verdict


def test_unreadable_folders_end_with_2(tmp_path, capsys):
  assert parity.main([str(tmp_path / 'none')]) == 2
  assert parity.main([str(tmp_path)]) == 2
  (tmp_path / 'x.npz').write_bytes(b'nonsense')
  assert parity.main([str(tmp_path)]) == 2
  _scse(tmp_path, name='x', config=None)
  assert parity.main([str(tmp_path)]) == 2
  _scse(tmp_path, name='x', config='{')
  assert parity.main([str(tmp_path)]) == 2
  whole = (tmp_path / 'x.npz').read_bytes()
  (tmp_path / 'x.npz').write_bytes(whole[: len(whole) // 2])
  assert parity.main([str(tmp_path)]) == 2
  errors = capsys.readouterr().err.splitlines()
  assert len(errors) == 6
  assert all(line.startswith('parity: ') for line in errors)


@pytest.mark.parametrize(
  'name',
  [
    'cbp_a',
    'cbp_b',
    'scse_a',
    'scse_b',
    'p2phd_d_2scale',
    'p2phd_d_3scale_feat',
  ],
)
def test_stored_outputs_of_the_references(shared, name):
  path = shared / 'goldens/fevgan_aipgan' / f'{name}.npz'
  row = parity.check(path)
  assert row.verdict == 'ok', row
  assert row.compared >= 4


@pytest.mark.goldens
@pytest.mark.parametrize('part', ['small', 'full_recipe'])
@pytest.mark.parametrize(
  'name', ['r3d_18', 'mc3_18', 'r2plus1d_18', 'vgg16', 'vgg19']
)
def test_stored_outputs_of_recognition_networks(goldens, name, part):
  path = goldens / 'stylegan_vgg_resnet' / f'{name}_{part}.npz'
  if not path.is_file():
    pytest.skip(f'no {path}')
  row = parity.check(path)
  assert row.verdict == 'ok', row
  assert row.compared >= 3
