"""torchvision's VGG of ImageNet from a user's file."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.nn.vgg import VGG
from facegen_jax.weights.vgg import from_state, load_vgg

FIRST = {16: (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)}
FIRST[19] = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
WIDTHS = {16: (2, 2, 4, 4, 8, 8, 8) + (16,) * 6}
WIDTHS[19] = (2, 2, 4, 4, 8, 8, 8, 8) + (16,) * 8


def _state(depth):
  draw = np.random.default_rng(0)
  state, features = {}, 3
  for i, out in zip(FIRST[depth], WIDTHS[depth], strict=True):
    state[f'features.{i}.weight'] = draw.normal(size=(out, features, 3, 3))
    state[f'features.{i}.bias'] = draw.normal(size=out)
    features = out
  sizes = (features * 49, 6, 6, 4)
  for i in range(3):
    shape = (sizes[i + 1], sizes[i])
    state[f'classifier.{3 * i}.weight'] = draw.normal(size=shape)
    state[f'classifier.{3 * i}.bias'] = draw.normal(size=sizes[i + 1])
  return {k: np.float32(v) for k, v in state.items()}


@pytest.mark.parametrize('depth', [16, 19])
def test_sizes_and_arrays(depth, tmp_path):
  state = _state(depth)
  np.savez(tmp_path / 'a.npz', **state)
  sizes, params = load_vgg(tmp_path / 'a.npz')
  told = {k: sizes[k] for k in ('depth', 'width', 'fc_features', 'classes')}
  assert told == {'depth': depth, 'width': 2, 'fc_features': 6, 'classes': 4}
  net = nnx.eval_shape(lambda: VGG(**sizes, rngs=nnx.Rngs(0)))
  shapes = jax.tree.map(lambda p: p.shape, nnx.to_pure_dict(nnx.state(net)))
  assert shapes == jax.tree.map(jnp.shape, params)
  first = state['features.0.weight']
  np.testing.assert_array_equal(
    params['conv1_1']['kernel'], first.transpose(2, 3, 1, 0)
  )
  pool = np.random.default_rng(1).normal(size=(16, 7, 7)).astype(np.float32)
  np.testing.assert_allclose(
    pool.transpose(1, 2, 0).ravel() @ params['fc6']['kernel'],
    state['classifier.0.weight'] @ pool.ravel(),
    rtol=1e-3,
    atol=1e-3,
  )


def test_the_trunk_is_enough_for_a_perceptual_loss():
  state = _state(19)
  trunk = {k: v for k, v in state.items() if k.startswith('features')}
  for given in (state, trunk):
    sizes, params = from_state(given, head=False)
    assert sizes['classes'] is None
    assert len(params) == 16 and 'fc6' not in params


def test_what_is_amiss_is_named():
  state = _state(19)
  short = {k: v for k, v in state.items() if k != 'features.12.bias'}
  short['features.36.weight'] = np.zeros(2)
  with pytest.raises(UserError, match=r'missing: features.12.bias.*\.36\.'):
    from_state(short, place='a.pth')
  with pytest.raises(UserError, match=r'no kernel classifier\.0\.weight'):
    from_state({k: v for k, v in state.items() if 'classifier' not in k})
  with pytest.raises(UserError, match=r'no kernel features\.0\.weight.*stem'):
    from_state({'stem.0.weight': np.zeros((4, 3, 3, 3))})
