"""VGG-Face as an extractor: layers, norms, the reference's features."""

import json

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.extractor import features
from facegen_jax.metrics.extractors.vggface import (
  EXPRESSION,
  IDENTITY,
  TAPS,
  vgg_face,
)
from facegen_jax.nn.vgg import NAMES
from facegen_jax.weights.vggface import load_vggface


def _pictures(count=3, size=32):
  shape = (count, size, size, 3)
  return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def _vgg_file(folder, width=2, side=1, fc=5, classes=3):
  """A small VGG-16 with PyTorch's layouts."""
  draw, state, features_in = np.random.default_rng(0), {}, 3
  for name in NAMES:
    out = width * 2 ** min(int(name[0]) - 1, 3)
    scale = (2 / (9 * features_in)) ** 0.5
    kernel = draw.normal(size=(out, features_in, 3, 3)) * scale
    state[f'conv{name}.weight'] = kernel
    state[f'conv{name}.bias'] = draw.normal(size=out) * 0.1
    features_in = out
  sizes = (features_in * side**2, fc, fc, classes)
  for i in range(3):
    state[f'fc{6 + i}.weight'] = draw.normal(size=(sizes[i + 1], sizes[i]))
    state[f'fc{6 + i}.bias'] = np.ones(sizes[i + 1])
  path = folder / 'face.npz'
  np.savez(path, **{k: np.float32(v) for k, v in state.items()})
  return path


def _vgg(path, tap=IDENTITY, channels='bgr', batch_size=2):
  sizes, params = load_vggface(path, channels=channels)
  return vgg_face(
    sizes, params, source=path.name, tap=tap, batch_size=batch_size
  )


def test_vgg_face_from_a_file(tmp_path):
  path, pictures = _vgg_file(tmp_path), _pictures()
  widths = {'fc7': 5, 'fc6': 5, 'pool5': 16, 'relu5_3': 64, 'conv5_3': 64}
  assert set(widths) == set(TAPS)
  for tap, width in widths.items():
    made = _vgg(path, tap)
    assert features(made, pictures).rows.shape == (3, width)
    assert tap in made.name and 'face.npz' in made.name
    assert made.normalised and 'non-commercial' in made.licence


def test_expression_features_are_rectified_and_order_of_channels_counts(
  tmp_path,
):
  path, pictures = _vgg_file(tmp_path), _pictures()
  rows = _vgg(path, EXPRESSION).embed(pictures)
  assert (rows >= 0).all() and rows.any()
  other = _vgg(path, EXPRESSION, 'rgb').embed(pictures)
  assert np.abs(other - rows).max() > 1e-3


def test_vgg_face_names_its_layers(tmp_path):
  with pytest.raises(UserError, match=r'conv9_1.*take fc7'):
    _vgg(_vgg_file(tmp_path), 'conv9_1')


@pytest.mark.goldens
def test_vgg_face_equals_the_reference(goldens, tmp_path):
  file = np.load(goldens / 'stylegan_vgg_resnet' / 'vggface.npz')
  config = json.loads(str(file['config']))
  if tuple(np.round(config['mean_rgb'], 4)) != (129.1863, 104.7624, 93.594):
    pytest.skip("not the published network's mean")
  state = {
    k.removeprefix('param/'): file[k] for k in file if k.startswith('param/')
  }
  np.savez(tmp_path / 'v.npz', **state)
  picture = file['in/image_uint8_nhwc_rgb']
  wanted = file['out/bgr_matched_mean/fc7_relu']
  wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
  found = features(_vgg(tmp_path / 'v.npz'), picture.astype(np.uint8))
  np.testing.assert_allclose(found.rows, wanted, atol=1e-5)
