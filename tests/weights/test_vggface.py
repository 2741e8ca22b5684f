"""VGG-Face weights from a user's file, in three spellings."""

import importlib.util
import json
import pathlib

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.nn.vgg import NAMES, VGG
from facegen_jax.weights.vggface import from_state, load_vggface


def _sibling(name):
  path = pathlib.Path(__file__).with_name(f'{name}.py')
  spec = importlib.util.spec_from_file_location(name, path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


torch_files = _sibling('torch_files')


def _state(side=2, width=2, fc=5, classes=3):
  """A VGG-16 of two channels, with PyTorch's layouts."""
  draw = np.random.default_rng(0)
  state, features = {}, 3
  for name in NAMES:
    out = width * 2 ** min(int(name[0]) - 1, 3)
    state[f'conv{name}.weight'] = draw.normal(size=(out, features, 3, 3))
    state[f'conv{name}.bias'] = draw.normal(size=out)
    features = out
  sizes = (features * side * side, fc, fc, classes)
  for i in range(3):
    state[f'fc{6 + i}.weight'] = draw.normal(size=(sizes[i + 1], sizes[i]))
    state[f'fc{6 + i}.bias'] = draw.normal(size=sizes[i + 1])
  return {k: np.float32(v) for k, v in state.items()}


def _torchvision(state):
  layers = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
  names = {
    f'conv{n}': f'features.{i}' for n, i in zip(NAMES, layers, strict=True)
  }
  names |= {f'fc{6 + i}': f'classifier.{3 * i}' for i in range(3)}
  return {
    f'{names[k.split(".")[0]]}.{k.split(".")[1]}': v for k, v in state.items()
  }


def test_sizes_are_read_from_the_arrays():
  sizes, params = from_state(_state())
  assert sizes == {
    'width': 2,
    'fc_features': 5,
    'classes': 3,
    'input_size': 64,
  }
  net = nnx.eval_shape(lambda: VGG(**sizes, rngs=nnx.Rngs(0)))
  shapes = jax.tree.map(lambda p: p.shape, nnx.to_pure_dict(nnx.state(net)))
  assert shapes == jax.tree.map(jnp.shape, params)


def test_all_spellings_and_files_agree(tmp_path, monkeypatch):
  state = _state()
  _, wanted = from_state(state)
  spellings = (
    state,
    {k.replace('conv', 'conv_'): v for k, v in state.items()},
    _torchvision(state),
  )
  for spelling in spellings:
    np.savez(tmp_path / 'a.npz', **spelling)
    tensors = {k: torch_files.Tensor(v) for k, v in spelling.items()}
    torch_files.save_zip(
      tmp_path / 'a.pth', {'state_dict': tensors}, monkeypatch
    )
    torch_files.save_row(tmp_path / 'a.pt', tensors, monkeypatch)
    for name in ('a.npz', 'a.pth', 'a.pt'):
      _, got = load_vggface(tmp_path / name)
      jax.tree.map(np.testing.assert_array_equal, got, wanted)


def test_channel_order_turns_the_first_layer_only():
  _, bgr = from_state(_state())
  _, rgb = from_state(_state(), channels='rgb')
  first = bgr['conv1_1']['kernel'], rgb['conv1_1']['kernel']
  np.testing.assert_array_equal(first[0], first[1][:, :, ::-1])
  bgr.pop('conv1_1'), rgb.pop('conv1_1')
  jax.tree.map(np.testing.assert_array_equal, bgr, rgb)


def test_fc6_reads_pool5_as_it_lies_here():
  state = _state()
  _, params = from_state(state)
  pool = np.random.default_rng(1).normal(size=(16, 2, 2)).astype(np.float32)
  np.testing.assert_allclose(
    pool.transpose(1, 2, 0).ravel() @ params['fc6']['kernel'],
    state['fc6.weight'] @ pool.ravel(),
    rtol=1e-4,
  )


def test_what_is_amiss_is_named(tmp_path):
  state = _state()
  short = {k: v for k, v in state.items() if k != 'conv3_2.bias'}
  short['prob.weight'] = np.zeros(2)
  np.savez(tmp_path / 'a.npz', **short)
  with pytest.raises(UserError, match=r'missing: conv3_2.bias.*prob.weight'):
    load_vggface(tmp_path / 'a.npz')
  with pytest.raises(UserError, match=r'no VGG-16.*stem'):
    from_state({'stem.weight': np.zeros(3)})
  with pytest.raises(UserError, match=r'no kernel fc6\.weight'):
    from_state({k: v for k, v in state.items() if 'fc6' not in k})
  with pytest.raises(UserError, match='no such file'):
    load_vggface(tmp_path / 'b.npz')
  with pytest.raises(UserError, match="'gray'"):
    from_state(state, channels='gray')
  (tmp_path / 'c.npz').write_bytes(b'nonsense')
  with pytest.raises(UserError, match=r'c\.npz is damaged'):
    load_vggface(tmp_path / 'c.npz')


def test_reference_outputs(shared):
  file = np.load(shared / 'goldens/stylegan_vgg_resnet/vggface.npz')
  config = json.loads(str(file['config']))
  state = {
    k.removeprefix('param/'): file[k] for k in file if k.startswith('param/')
  }
  sizes, params = from_state(state)
  net = VGG(**sizes, mean=tuple(config['mean_rgb']), rngs=nnx.Rngs(0))
  graph, variables = nnx.split(net)
  nnx.replace_by_pure_dict(variables, jax.tree.map(jnp.asarray, params))
  picture = file['in/image_uint8_nhwc_rgb'] / np.float32(127.5) - 1
  with jax.default_matmul_precision('highest'):
    taps = jax.jit(lambda x: nnx.merge(graph, variables)(x))(picture)
  for ours, theirs in (
    (taps['conv5_3'].transpose(0, 3, 1, 2), 'conv_5_3_pre_relu'),
    (taps['fc7'], 'fc7_relu'),
    (taps['logits'], 'fc8'),
  ):
    wanted = file[f'out/bgr_matched_mean/{theirs}']
    np.testing.assert_allclose(
      ours, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max()
    )
