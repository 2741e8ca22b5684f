"""Models of NIQE: fitted, saved, loaded, and files that are none."""

import numpy as np
import pytest
from scipy.io import savemat

from facegen_jax.core.errors import UserError
from facegen_jax.data.synthface.clips import make_clips
from facegen_jax.metrics.niqe import niqe
from facegen_jax.metrics.niqe_features import moments
from facegen_jax.metrics.niqe_model import (
  LIVE,
  Pristine,
  fit_pristine,
  load_pristine,
  save_pristine,
  sharp_features,
)


def _noise(seed):
  x = np.random.default_rng(seed).normal(128, 40, (64, 64))
  return np.clip(x, 0, 255).astype(np.uint8)


@pytest.fixture(scope='module')
def fitted():
  return fit_pristine((_noise(i) for i in range(20)), name='noise', block=16)


def test_fit_is_the_moments_of_the_sharp_blocks(fitted):
  kept = np.concatenate(
    [sharp_features(_noise(i), block=16) for i in range(20)]
  )
  mean, covariance = moments(kept)
  np.testing.assert_array_equal(fitted.mean, mean)
  np.testing.assert_array_equal(fitted.covariance, covariance)
  assert (fitted.pictures, fitted.blocks) == (20, len(kept))
  assert (fitted.block, fitted.threshold) == (16, 0.75)
  assert fitted.label == f'noise {fitted.sha256[:8]}'


def test_blunt_blocks_are_left_out():
  picture = _noise(0)
  picture[:, :32] = 128 + picture[:, :32] // 32
  assert len(sharp_features(picture, block=16)) == 8
  assert len(sharp_features(picture, block=16, threshold=0)) == 16
  assert not len(sharp_features(np.zeros((64, 64), np.uint8), block=16))
  with pytest.raises(UserError, match='threshold'):
    sharp_features(picture, block=16, threshold=1)


def test_few_blocks_are_refused_then_warned_of(caplog):
  with pytest.raises(UserError, match=r'\d+ sharp blocks in the 3 .* noise'):
    fit_pristine([_noise(i) for i in range(3)], name='noise', block=16)
  with pytest.raises(UserError, match='0 sharp blocks in the 0'):
    fit_pristine([], name='nothing')
  fit_pristine([_noise(i) for i in range(20)], name='noise', block=16)
  assert 'a steady NIQE model has 1000' in caplog.text
  caplog.clear()
  fit_pristine([_noise(i) for i in range(70)], name='noise', block=16)
  assert not caplog.text


def test_saved_and_loaded(fitted, tmp_path, caplog):
  path = tmp_path / 'model.npz'
  save_pristine(path, fitted)
  got = load_pristine(str(path))
  assert got[2:] == fitted[2:]
  assert got.label == fitted.label
  assert niqe(_noise(99), got) == niqe(_noise(99), fitted)
  assert not caplog.text
  with pytest.raises(UserError, match='npz'):
    save_pristine(tmp_path / 'model.mat', fitted)


@pytest.mark.parametrize(
  ('names', 'suffix'),
  [
    (('mu_prisparam', 'cov_prisparam'), '.mat'),
    (('pop_mu', 'pop_cov'), '.mat'),
    (('mu_pris_param', 'cov_pris_param'), '.npz'),
  ],
)
def test_layouts_of_others(fitted, tmp_path, caplog, names, suffix):
  path = tmp_path / f'theirs{suffix}'
  arrays = fitted.mean[None], fitted.covariance
  stored = dict(zip(names, arrays, strict=True))
  savemat(path, stored) if suffix == '.mat' else np.savez(path, **stored)
  got = load_pristine(path)
  assert got.sha256 == fitted.sha256
  assert (got.name, got.block, got.pictures) == ('theirs', 96, 0)
  assert "not LIVE's" in caplog.text


@pytest.mark.goldens
def test_hash_of_the_live_model(goldens):
  assert (
    f'"params_sha256": "{LIVE}"' in (goldens / 'metrics/niqe.json').read_text()
  )


def test_hash_is_of_both_arrays(fitted):
  other = fitted._replace(covariance=fitted.covariance * 1.0000001)
  assert len({fitted.sha256, other.sha256}) == 2
  assert fitted._replace(name='else').sha256 == fitted.sha256


def _spoilt(fitted, **changes):
  arrays = {'mu_prisparam': fitted.mean, 'cov_prisparam': fitted.covariance}
  return arrays | changes


@pytest.mark.parametrize(
  ('changes', 'text'),
  [
    ({'mu_prisparam': np.zeros(18)}, r'not \(18,\)'),
    ({'cov_prisparam': np.zeros((36, 35))}, r'\(36, 35\)'),
    ({'mu_prisparam': np.full(36, np.nan)}, 'without NaN'),
    ({'mu_prisparam': np.array(['a'] * 36)}, 'real numbers'),
    ({'cov_prisparam': np.triu(np.ones((36, 36)))}, 'not symmetric'),
    ({'sha256': 'f00'}, 'damaged'),
  ],
)
def test_wrong_contents(fitted, tmp_path, changes, text):
  path = tmp_path / 'wrong.npz'
  np.savez(path, **_spoilt(fitted, **changes))
  with pytest.raises(UserError, match=text):
    load_pristine(path)


@pytest.mark.parametrize('suffix', ['.mat', '.npz', '.txt'])
def test_unreadable_files(tmp_path, suffix):
  path = tmp_path / f'model{suffix}'
  with pytest.raises(UserError, match='cannot be read'):
    load_pristine(path)
  for data in (b'', b'nonsense' * 40):
    path.write_bytes(data)
    with pytest.raises(UserError, match='cannot be read'):
      load_pristine(path)


def test_matlab_7_3(tmp_path):
  path = tmp_path / 'model.mat'
  path.write_bytes(b'MATLAB 7.3 MAT-file'.ljust(124) + b'\0\2IM')
  with pytest.raises(UserError, match=r'cannot be read .*HDF'):
    load_pristine(path)


def test_files_without_a_model(tmp_path):
  np.savez(tmp_path / 'other.npz', a=np.zeros(3))
  with pytest.raises(UserError, match='no mu_prisparam'):
    load_pristine(tmp_path / 'other.npz')
  np.save(tmp_path / 'bare.npy', np.zeros(3))
  with pytest.raises(UserError, match='cannot be read'):
    load_pristine(tmp_path / 'bare.npy')


def test_rendered_faces_as_the_pristine_pictures():
  faces = [
    np.asarray(
      make_clips(
        0, number, kind='macro', frames=6, fps=10.0, size=64, takes=1
      ).frames
    ).reshape(-1, 64, 64, 3)
    for number in range(4)
  ]
  train, held_out = np.concatenate(faces[:3]), faces[3]
  model = fit_pristine(train, name='SynthFace', block=16, threshold=0.3)
  clean = np.mean([niqe(f, model).value for f in held_out])
  rng = np.random.default_rng(0)
  noise = rng.integers(-25, 26, held_out.shape)
  spoilt = np.clip(held_out.astype(int) + noise, 0, 255).astype(np.uint8)
  assert clean + 1 < np.mean([niqe(f, model).value for f in spoilt])
  assert isinstance(model, Pristine)
