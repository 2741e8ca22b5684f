"""Four updates of a code by features, against stored ones."""

import shutil

import pytest

from facegen_jax.weights import parity

NAME = 'latent_encoding_step'
SIBLINGS = ('stylegan_g_r32', 'vgg16_small')


@pytest.mark.goldens
def test_stored_updates(goldens):
  row = parity.check(goldens / 'stylegan_vgg_resnet' / f'{NAME}.npz')
  assert (row.verdict, row.compared) == ('ok', 8), row


def test_a_missing_sibling_is_named(goldens, tmp_path):
  folder = goldens / 'stylegan_vgg_resnet'
  for name in (NAME, SIBLINGS[0]):
    shutil.copy(folder / f'{name}.npz', tmp_path)
  row = parity.check(tmp_path / f'{NAME}.npz')
  assert 'FAIL' in row.verdict and SIBLINGS[1] in row.verdict
