"""Tiny files as StyleGAN 1 is published in: random weights, true in form."""

import pickle
import sys
import types

import numpy as np

from facegen_jax.weights import stylegan_names, stylegan_shapes

CANARY = "raise RuntimeError('the source of a checkpoint was run')\n"
BLUR = np.outer((1, 2, 1), (1, 2, 1)).astype(np.float32) / 16


def sizes(size=16, **changes):
  """Keywords of a generator with a width that falls with the resolution."""
  widths = {4 * 2**i: 4 if 4 * 2**i < 16 else 2 for i in range(9)}
  widths = {side: width for side, width in widths.items() if side <= size}
  found = {'size': size, 'z': 6, 'w': 4, 'mapping_layers': 3}
  return found | {'mapping_width': 5, 'widths': widths} | changes


def random_arrays(shapes, seed=0):
  """Float32 of those shapes; a level of detail of 0."""
  draw = np.random.default_rng(seed)
  return {
    name: np.float32(draw.normal(size=shape) * (not name.endswith('lod')))
    for name, shape in shapes.items()
  }


def states(seed=0, **changes):
  """A generator's and a discriminator's arrays, in genforce's names."""
  like = sizes(**changes)
  return (
    random_arrays(stylegan_shapes.generator_shapes(like), seed),
    random_arrays(stylegan_shapes.discriminator_shapes(like), seed + 1),
  )


def interfacegan(generator):
  """The same arrays as InterFaceGAN stores them."""
  state = {}
  for name, value in generator.items():
    parts = name.split('.')
    kind = '.'.join(parts[2:])
    if parts[0] == 'mapping':
      kind = {'weight': 'linear.weight', 'bias': 'wscale.bias'}[kind]
    elif parts[1].startswith('output') and kind == 'weight':
      kind = 'conv.weight'
    elif parts[1].startswith('layer'):
      layer = int(parts[1].removeprefix('layer'))
      fused = layer % 2 == 0 and layer >= 10
      if kind == 'weight' and fused:
        value = value.transpose(2, 3, 1, 0)
      kind = {
        'const': 'first_layer',
        'weight': 'weight' if fused else 'conv.weight',
        'style.weight': 'epilogue.style_mod.dense.linear.weight',
        'style.bias': 'epilogue.style_mod.dense.wscale.bias',
      }.get(kind, f'epilogue.{kind}')
    state['.'.join([*parts[:2], *([kind] if kind else [])])] = value
  state['synthesis.lod'] = state['synthesis.lod'].reshape(())
  return state


def lernapparat(generator):
  """What lernapparat's conversion keeps: no noise, no mean, one toRGB."""
  last = max(n for n in generator if n.startswith('synthesis.output'))
  last, state = last.rpartition('.')[0], {}
  for name, value in generator.items():
    parts = name.split('.')
    kind = '.'.join(parts[2:])
    if parts[0] == 'mapping':
      state[f'g_{name}'] = value
    elif name.startswith(f'{last}.'):
      state[f'g_synthesis.torgb.{kind}'] = value
    elif parts[1].startswith('layer') and kind != 'apply_noise.noise':
      level, second = divmod(int(parts[1].removeprefix('layer')), 2)
      side = 4 << level
      conv = 'conv1.' if second else 'conv0_up.'
      if level == 0:
        conv = 'conv.' if second else ''
      kind = {
        'style.weight': f'epi{second + 1}.style_mod.lin.weight',
        'style.bias': f'epi{second + 1}.style_mod.lin.bias',
        'apply_noise.weight': f'epi{second + 1}.top_epi.noise.weight',
      }.get(kind, f'{conv}{kind}')
      state[f'g_synthesis.blocks.{side}x{side}.{kind}'] = value
  kernel = 'g_synthesis.blocks.8x8.conv0_up.intermediate.kernel'
  return state | {kernel: BLUR[None, None]}


def _tensorflow(arrays, names):
  """TensorFlow's (name, array) rows."""
  rows = []
  for ours, tf in names.items():
    value = arrays[ours]
    if ours.endswith('lod'):
      value = value[0]  # a scalar of NumPy
    elif tf.endswith('/weight') and value.ndim == 4:
      value = value.transpose(2, 3, 1, 0)
    elif tf.endswith('/weight') and value.ndim == 2:
      value = value.T
    rows.append((tf, value.copy()))
  return rows


def _state(name, variables, settings, components=None):
  return {
    'version': 3,
    'name': name,
    'static_kwargs': settings,
    'components': components or {},
    'build_module_src': CANARY,
    'build_func_name': name,
    'variables': variables,
  }


def official(seed=0, **changes):
  """States of G, D and Gs, with parts as the official training saves them."""
  like = sizes(**changes)
  names = stylegan_names.generator_names(like['size'], like['mapping_layers'])
  settings = {'num_channels': 3, 'resolution': like['size']}

  def generator(title, seed):
    rows = dict(_tensorflow(states(seed, **changes)[0], names))
    mapping = [(n, rows.pop(n)) for n in list(rows) if n.startswith('Dense')]
    own = [(n, rows[n]) for n in ('lod', 'dlatent_avg')]
    rows.pop('dlatent_avg')
    parts = {
      'mapping': _state('G_mapping', mapping, settings),
      'synthesis': _state('G_synthesis', [*rows.items()], settings),
    }
    return _state(title, own, settings, parts)

  critic = stylegan_names.discriminator_names(like['size'])
  rows = _tensorflow(states(seed, **changes)[1], critic)
  return [
    generator('G', seed + 5),
    _state('D', rows, settings),
    generator('Gs', seed),
  ]


def save_pkl(path, tree, monkeypatch):
  """Pickles states as networks of the official class, protocol 4."""
  network = type(
    'Network',
    (),
    {
      '__module__': 'dnnlib.tflib.network',
      '__init__': lambda self, state: setattr(self, 'state', state),
      '__getstate__': lambda self: self.state,
    },
  )

  def wrapped(state):
    if not isinstance(state, dict) or 'variables' not in state:
      return state
    parts = state.get('components')
    if isinstance(parts, dict):
      parts = {k: wrapped(v) for k, v in parts.items()}
    return network(state | {'components': parts})

  with monkeypatch.context() as patch:
    for name in ('dnnlib', 'dnnlib.tflib', 'dnnlib.tflib.network'):
      patch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules['dnnlib.tflib.network'].Network = network
    path.write_bytes(pickle.dumps(tuple(map(wrapped, tree)), protocol=4))
