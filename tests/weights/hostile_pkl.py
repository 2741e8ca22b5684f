"""Files that a stranger might send as an official StyleGAN.

`PICKLES` are written by hand, `SPOILT` change sound states before they are
pickled; `canary` is what would appear if any of it were run.
"""

import struct

import numpy as np

_NETWORK = b'cdnnlib.tflib.network\nNetwork\n'
_RECONSTRUCT = b'cnumpy.core.multiarray\n_reconstruct\n'
_SETS = b'}X\x05\x00\x00\x00state'  # {'state':
_BUILT = b'R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb'


def _text(value):
  raw = value.encode()
  return b'X' + struct.pack('<I', len(raw)) + raw


def _call(module, name, argument='touch {}'):
  """Calls a global with the path of the canary."""

  def write(canary):
    given = _text(argument.format(canary))
    return f'c{module}\n{name}\n'.encode() + b'(' + given + b'tR'

  return write


def _raw(*parts):
  return lambda canary: b''.join(parts)


def _dtype(kind, state=None):
  made = b'cnumpy\ndtype\n(' + _text(kind) + b'I00\nI01\nt'
  return made + (_BUILT if state is None else b'R' + state + b'b')


def _array(shape, data, dtype=None):
  """An array with a state of one's choice."""
  dtype = dtype or _dtype('f4')
  new = _RECONSTRUCT + b'(cnumpy\nndarray\n(K\x00tU\x01btR'
  state = b'(K\x01' + shape + dtype + b'I00\n' + data + b'tb'
  return _raw(new + state)


_FOUR = b'(K\x04t'
_BYTES = b'C\x10' + bytes(16)
_DEEP = 200_000

# What is in the file: how it is written, and what the error must say.
PICKLES = {
  'os.system': (_call('os', 'system'), r'asks to run os\.system'),
  'posix.system': (_call('posix', 'system'), r'asks to run posix\.system'),
  'subprocess': (_call('subprocess', 'getoutput'), 'asks to run subprocess'),
  'eval': (
    _call('builtins', 'eval', 'open({!r}, "w")'),
    r'asks to run builtins\.eval',
  ),
  'exec': (
    _call('builtins', 'exec', 'open({!r}, "w")'),
    r'asks to run builtins\.exec',
  ),
  'getattr': (_raw(b'cbuiltins\ngetattr\n'), r'run builtins\.getattr'),
  'Python 2': (_call('__builtin__', 'execfile'), r'run \w+\.execfile'),
  'an import': (
    _call('importlib', 'import_module'),
    r'asks to run importlib\.import_module',
  ),
  "numpy's loader": (_raw(b'cnumpy\nload\n'), r'asks to run numpy\.load'),
  "numpy's compiler": (
    _call('numpy.f2py', 'compile'),
    r'asks to run numpy\.f2py\.compile',
  ),
  'memory of a file': (_raw(b'cnumpy\nmemmap\n'), r'run numpy\.memmap'),
  'copyreg': (_raw(b'ccopyreg\n_reconstructor\n'), 'run copyreg'),
  'dotted name': (
    _raw(_text('dnnlib.tflib.network'), _text('Network.__init__'), b'\x93'),
    r'Network\.__init__',
  ),
  'escapes in a name': (
    _raw(_text('os\n\x1b[2J'), _text('system'), b'\x93'),
    r'os\\n\\x1b',
  ),
  'INST': (
    lambda canary: b'(' + _text(f'touch {canary}') + b'ios\nsystem\n',
    r'run os\.system',
  ),
  'StyleGAN2-ADA': (
    _raw(b'ctorch_utils.persistence\n_reconstruct_persistent_obj\n'),
    'StyleGAN2-ADA or StyleGAN3, another function',
  ),
  'Progressive GAN': (
    _raw(b'ctfutil\nNetwork\n'),
    'a Progressive GAN, another function',
  ),
  'PyTorch tensors': (
    _raw(b'ctorch._utils\n_rebuild_tensor_v2\n'),
    'asks to run torch',
  ),
  'a state for the class': (
    _raw(_NETWORK, _SETS, b'K\x01sb'),
    'damaged',
  ),
  'items of a network': (_raw(_NETWORK, b')R', b'K\x01K\x02s'), 'damaged'),
  'a network is told its class': (_raw(_NETWORK, b'(K\x01tR'), 'damaged'),
  'a state for a function': (
    _raw(_RECONSTRUCT, b'N', _SETS, b'K\x01s\x86b'),
    'damaged',
  ),
  'another encoding': (
    _raw(b'c_codecs\nencode\n(', _text('a'), _text('rot13'), b'tR'),
    'bytes in an unknown encoding',
  ),
  'objects': (_raw(_dtype('O8')), "arrays of 'O8' are no weights"),
  'structures': (_raw(_dtype('V8')), "arrays of 'V8' are no weights"),
  'text in an array': (_raw(_dtype('S8')), "arrays of 'S8'"),
  'big-endian': (
    _raw(_dtype('f4', b'(K\x03U\x01>NNNJ\xff\xff\xff\xffK\x00K\x00t')),
    "byte order '>'",
  ),
  'a type within a type': (
    _raw(_dtype('f4', b'(K\x03U\x01<K\x01NNK\x00K\x00K\x00t')),
    'byte order',
  ),
  'fewer numbers than told': (_array(b'(K\x05t', _BYTES), '4 numbers for an'),
  'a negative shape': (
    _array(b'(J\xff\xff\xff\xffJ\xfc\xff\xff\xfft', _BYTES),
    'array of shape',
  ),
  'a shape of 2^80': (
    _array(b'(' + b'\x8a\x0b' + bytes(10) + b'\x01t', _BYTES),
    'numbers for an array',
  ),
  'a shape of text': (_array(_text('4'), _BYTES), 'array of shape'),
  'half a number': (_array(_FOUR, b'C\x0f' + bytes(15)), 'damaged'),
  'a list of objects': (_array(_FOUR, b'(K\x01l'), 'made of a list'),
  'an array without a type': (
    _array(_FOUR, _BYTES, b'N'),
    'an array without a type',
  ),
  'nested tuples as a key': (
    _raw(b'})', b'\x85' * _DEEP, b'K\x01s'),
    'nests its containers',
  ),
  'pairs upon pairs as a key': (
    _raw(
      b'}K\x01q\x000',
      *(b'h%ch%c\x86q%c0' % (i, i, i + 1) for i in range(90)),
      b'hZK\x01s',
    ),
    'repeats its objects',
  ),
  'memo index far away': (_raw(b'}r\xff\xff\xff\x7f'), 'memo index'),
  'bytes of 2^62': (_raw(b'\x8e' + struct.pack('<Q', 1 << 62)), 'damaged'),
  'a persistent id': (_raw(b'K\x01Q'), 'damaged'),
  'a number': (_raw(b'K\x07'), 'not hold the three networks'),
  'three numbers': (_raw(b'(K\x01K\x02K\x03t'), 'G is no network'),
  'one network': (_raw(_NETWORK, b')\x81'), 'holds one network'),
  'networks without a state': (
    _raw(b'(', (_NETWORK + b')\x81') * 3, b't'),
    'G is no network',
  ),
}


def _rows(tree, part='synthesis', which=2):
  return tree[which]['components'][part]['variables']


def _replace(name, value, part='synthesis', called=None):
  """Puts `value` (or what it makes of an array) in Gs."""

  def spoil(tree):
    rows = _rows(tree, part)
    i = [n for n, _ in rows].index(name)
    new = value(rows[i][1]) if callable(value) else value
    rows[i] = (name if called is None else called, new)

  return spoil


def _with(name, at):
  def spoilt(array):
    array = array.copy()
    array.flat[3] = at
    return array

  return _replace(name, spoilt)


def _drop(name, part='synthesis'):
  def spoil(tree):
    rows = _rows(tree, part)
    rows[:] = [row for row in rows if row[0] != name]

  return spoil


def _add(name, value, part='synthesis'):
  return lambda tree: _rows(tree, part).append((name, value))


def _state(which, **changes):
  return lambda tree: tree[which].update(changes)


def _setting(which, **changes):
  return lambda tree: tree[which].update(
    static_kwargs=tree[which]['static_kwargs'] | changes
  )


def _unknown_part(tree):
  tree[2]['components']['renderer'] = tree[2]['components']['mapping']


def _part_of_itself(tree):
  """A part whose parts are not looked into: what is needed is not there."""
  inner = tree[2]['components']['synthesis']
  tree[2]['components'] = {'synthesis': inner | {'variables': []}}


def _lod(tree):
  _replace('lod', np.float32(2.5))(tree)


_ONE = np.zeros(1, np.float32)
_KERNEL = '8x8/Conv1/weight'

# What is amiss: how sound states are spoilt, and what the error must say.
SPOILT = {
  'version 4': (_state(2, version=4), 'of version 4; StyleGAN 1 has 2 or 3'),
  'no version': (_state(1, version=None), 'D is of version None'),
  'StyleGAN2': (
    _add('4x4/Conv/mod_weight', _ONE),
    'of StyleGAN2, another function',
  ),
  'no variables': (_state(2, variables=None), 'has no list of variables'),
  'variables a dict': (_state(2, variables={}), 'has no list of variables'),
  'a variable of three': (
    _state(2, variables=[('a', 1, 2)]),
    'has no list of variables',
  ),
  'components a list': (_state(2, components=[1]), 'components are no dict'),
  'a part that is no network': (
    _state(2, components={'mapping': 1}),
    'mapping is no network',
  ),
  'an unknown part': (_unknown_part, 'unknown part renderer'),
  'parts within parts': (_part_of_itself, 'no StyleGAN'),
  'a name of another kind': (
    _replace(_KERNEL, lambda x: x, called=7),
    'the key 7 is no name',
  ),
  'a text for an array': (_replace(_KERNEL, 'none'), 'is a str, no array'),
  'a list for an array': (_replace(_KERNEL, [1.0]), 'is a list, no array'),
  'float64': (
    _replace(_KERNEL, lambda x: x.astype(np.float64)),
    f'{_KERNEL} holds float64',
  ),
  'whole numbers': (
    _replace(_KERNEL, lambda x: x.astype(np.int32)),
    f'{_KERNEL} holds int32',
  ),
  'NaN': (_with(_KERNEL, np.nan), f'{_KERNEL} holds NaN'),
  'infinity': (_with(_KERNEL, np.inf), f'{_KERNEL} holds NaN or infinity'),
  'twice': (_add(_KERNEL, _ONE), f'two arrays called {_KERNEL}'),
  'in two parts': (
    _add(_KERNEL, _ONE, 'mapping'),
    f'two arrays called {_KERNEL}',
  ),
  'missing': (_drop(_KERNEL), f'missing: {_KERNEL}$'),
  'extra': (_add('LabelConcat/weight', _ONE), 'extra: LabelConcat/weight'),
  'reshaped': (
    _replace(_KERNEL, lambda x: x[:, :, :, :1]),
    f'reshaped: {_KERNEL}',
  ),
  'fewer axes': (
    _replace(_KERNEL, lambda x: x.ravel()),
    f'reshaped: {_KERNEL}',
  ),
  'an empty array': (_replace(_KERNEL, lambda x: x[:0]), 'is empty'),
  'no mapping network': (
    _state(2, components={}),
    'no StyleGAN',
  ),
  'saved while it grew': (
    _lod,
    r'saved while it grew, at level of detail 2\.5',
  ),
  'pixel norms': (
    _setting(2, use_pixel_norm=True),
    'built with use_pixel_norm=True, only use_pixel_norm=False',
  ),
  'another rate': (
    _setting(2, mapping_lrmul=0.1),
    r'mapping_lrmul=0\.1, only',
  ),
  'another group': (
    _setting(1, mbstd_group_size=8),
    'D was built with mbstd_group_size=8',
  ),
}
