"""torchvision's video ResNets: the round trip, new heads, what is amiss."""

from flax import nnx
import jax
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.nn.video_resnet import KINDS, VideoResNet
from facegen_jax.weights.video_names import names, to_state
from facegen_jax.weights.video_resnet import from_state, load_video_resnet

# Names and shapes at width 4, as torchvision's constructor makes them.
SHAPES = {
  'r3d_18': {
    'stem.0.weight': (4, 3, 3, 7, 7),
    'stem.1.running_var': (4,),
    'layer1.1.conv2.0.weight': (4, 4, 3, 3, 3),
    'layer3.0.conv1.0.weight': (16, 8, 3, 3, 3),
    'layer4.0.downsample.0.weight': (32, 16, 1, 1, 1),
    'layer4.0.downsample.1.bias': (32,),
  },
  'mc3_18': {
    'stem.0.weight': (4, 3, 3, 7, 7),
    'layer1.0.conv1.0.weight': (4, 4, 3, 3, 3),
    'layer2.0.conv1.0.weight': (8, 4, 1, 3, 3),
    'layer4.1.conv2.0.weight': (32, 32, 1, 3, 3),
  },
  'r2plus1d_18': {
    'stem.0.weight': (3, 3, 1, 7, 7),
    'stem.1.weight': (3,),
    'stem.3.weight': (4, 3, 3, 1, 1),
    'stem.4.running_mean': (4,),
    'layer1.0.conv1.0.0.weight': (9, 4, 1, 3, 3),
    'layer1.0.conv1.0.1.bias': (9,),
    'layer1.0.conv1.0.3.weight': (4, 9, 3, 1, 1),
    'layer1.0.conv1.1.running_mean': (4,),
    'layer2.0.conv2.0.0.weight': (14, 8, 1, 3, 3),
    'layer2.0.downsample.0.weight': (8, 4, 1, 1, 1),
  },
}
ARRAYS = {'r3d_18': 102, 'mc3_18': 102, 'r2plus1d_18': 187}


def _state(kind, classes=5):
  """Every array drawn, under torchvision's names."""
  net = nnx.eval_shape(
    lambda: VideoResNet(
      kind, classes=classes, width=4, stem_middle=3, rngs=nnx.Rngs(0)
    )
  )
  shapes = nnx.to_pure_dict(nnx.state(net))
  draw = np.random.default_rng(0)
  tree = jax.tree.map(lambda s: np.float32(draw.normal(size=s.shape)), shapes)
  return to_state(kind, tree)


@pytest.mark.parametrize('kind', KINDS)
def test_names_and_shapes_are_torchvisions(kind):
  state = _state(kind)
  assert len(state) == len(names(kind)) == ARRAYS[kind]
  for name, shape in (SHAPES[kind] | {'fc.weight': (5, 32)}).items():
    assert state[name].shape == shape, name


@pytest.mark.parametrize('kind', KINDS)
def test_round_trip(kind, tmp_path):
  state = _state(kind)
  counters = {
    k.replace('running_mean', 'num_batches_tracked'): np.int64(3)
    for k in state
    if k.endswith('running_mean')
  }
  np.savez(tmp_path / 'a.npz', **state, **counters)
  got = load_video_resnet(tmp_path / 'a.npz', kind=kind)
  wanted = {'kind': kind, 'classes': 5, 'width': 4}
  if kind == 'r2plus1d_18':
    wanted['stem_middle'] = 3
  assert got.sizes == wanted
  net = nnx.eval_shape(lambda: VideoResNet(**got.sizes, rngs=nnx.Rngs(0)))
  _, *ours = nnx.split(net, nnx.Param, ...)
  for tree, like in zip(got.variables, ours, strict=True):
    like = nnx.to_pure_dict(like)
    assert jax.tree.structure(tree) == jax.tree.structure(like)
  back = to_state(kind, *got.variables)
  assert back.keys() == state.keys()
  for name, value in state.items():
    np.testing.assert_array_equal(back[name], value)


def test_a_new_head_is_drawn_and_said():
  state = _state('mc3_18')
  key = jax.random.key(1)
  kept = from_state(state, classes=5, place='a.pth')
  np.testing.assert_array_equal(
    kept.variables.params['fc']['kernel'], state['fc.weight'].T
  )
  assert kept.note == 'mc3_18 from a.pth, its fc of 5 classes too'
  new = from_state(state, classes=3, key=key, place='a.pth')
  assert new.sizes['classes'] == 3
  assert 'fc is new: 3 classes here, 5 in the file' in new.note
  fc = new.variables.params.pop('fc')
  assert fc['kernel'].shape == (32, 3)
  assert 0.005 < float(np.std(fc['kernel'])) < 0.02
  again = from_state(state, classes=3, key=key).variables.params['fc']
  np.testing.assert_array_equal(again['kernel'], fc['kernel'])
  kept.variables.params.pop('fc')
  jax.tree.map(np.testing.assert_array_equal, new.variables, kept.variables)
  with pytest.raises(ValueError, match='key'):
    from_state(state, classes=3)


def test_what_is_amiss_is_named():
  state = _state('r2plus1d_18')
  short = {k: v for k, v in state.items() if k != 'layer2.0.conv1.0.3.weight'}
  short['layer5.weight'] = np.zeros(2)
  short['other.num_batches_tracked'] = np.zeros(1)
  short['stem.4.bias'] = np.zeros(7)
  with pytest.raises(UserError) as told:
    from_state(short, place='a.pth')
  for words in (
    'a.pth',
    'missing: layer2.0.conv1.0.3.weight',
    'layer5.weight, other.num_batches_tracked',
    'stem.4.bias (7,) (ours is (4,))',
  ):
    assert words in str(told.value)
  with pytest.raises(UserError, match=r'holds r2plus1d_18, not r3d_18'):
    from_state(state, kind='r3d_18')
  with pytest.raises(UserError, match=r'no stem\.0\.weight of 5 axes'):
    from_state({'features.0.weight': np.zeros((4, 3, 3, 3))})
  without = {k: v for k, v in state.items() if not k.startswith('fc')}
  with pytest.raises(UserError, match=r'fc\.weight'):
    from_state(without)
