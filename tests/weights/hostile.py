"""Files that a stranger might send as a checkpoint.

Each function of `FILES` writes one to a path; `canary` is what would appear if
any of it were run.
"""

import io
import pickle
import struct
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
_STORAGE = b'ctorch\nFloatStorage\n'
_REBUILD = b'ctorch._utils\n_rebuild_tensor_v2\n'


def text(value):
  """A string, protocol 2."""
  raw = value.encode()
  return b'X' + struct.pack('<I', len(raw)) + raw


def whole(value):
  """An integer of any size, protocol 2."""
  raw = value.to_bytes(10, 'little', signed=True)
  return b'\x8a' + bytes([len(raw)]) + raw


def archive(path, pickled, files=None):
  """The zip layout about a handwritten pickle."""
  with zipfile.ZipFile(path, 'w') as made:
    made.writestr('archive/data.pkl', b'\x80\x02' + pickled + b'.')
    for name, data in (files or {}).items():
      made.writestr(f'archive/{name}', data)


def row(path, tree, keys, rest=b''):
  """The layout before PyTorch 1.6 about a handwritten pickle and key list."""
  with path.open('wb') as file:
    for head in (MAGIC, 1001, {'little_endian': True}):
      pickle.dump(head, file, protocol=2)
    file.write(b'\x80\x02' + tree + b'.')
    pickle.dump(keys, file, protocol=2)
    file.write(rest)


def storage(size=4, key=None, kind=_STORAGE, word='storage', more=b''):
  """A persistent id."""
  key = text('0') if key is None else key
  parts = text(word), kind, key, text('cpu'), whole(size), more
  return b'(' + b''.join(parts) + b'tQ'


def tensor(stored, shape=(4,), strides=(1,), offset=0):
  """A tensor on a storage."""
  rows = [b'(' + b''.join(map(whole, r)) + b't' for r in (shape, strides)]
  parts = stored, whole(offset), *rows, b'\x89', b'}'
  return _REBUILD + b'(' + b''.join(parts) + b'tR'


def _one(**about):
  """A file of one tensor, told wrongly."""
  stored = {k: about.pop(k) for k in list(about) if k in _OF_STORAGE}
  data = {'data/0': np.zeros(4, np.float32).tobytes()}
  body = tensor(storage(**stored), **about)
  return lambda path, canary: archive(path, body, data)


_OF_STORAGE = ('size', 'key', 'kind', 'word', 'more')


def _handwritten(*parts):
  """A pickle, once in each layout's place: only the zip is written."""
  body = b''.join(parts)
  return lambda path, canary: archive(path, body)


def _call(module, name, argument=None):
  """Calls a global with the path of the canary, or with `argument`."""

  def write(path, canary):
    given = f'touch {canary}' if argument is None else argument(canary)
    called = f'c{module}\n{name}\n'.encode() + b'(' + text(given) + b'tR'
    archive(path, called)

  return write


def _old_instance(code):
  """Protocol 0 and 1 made instances by other operations than REDUCE."""

  def write(path, canary):
    command = f'touch {canary}'
    if code == 'i':
      body = b'(' + text(command) + b'ios\nsystem\n'
    else:
      body = b'(cos\nsystem\n' + text(command) + b'o'
    archive(path, body)

  return write


def _in_the_row(path, canary):
  body = b'cos\nsystem\n(' + text(f'touch {canary}') + b'tR'
  row(path, body, [])


def _in_the_head(path, canary):
  path.write_bytes(b'\x80\x02cos\nsystem\n(' + text(f'touch {canary}') + b'tR.')


def _extension(path, canary):
  del canary
  archive(path, b'\x82\x01)R')


def _laughs(path, canary):
  """Lists of one list twice, of 90 levels: 2 ** 90 if each is visited."""
  del canary
  body = b']q\x000'
  body += b''.join(
    b'](h' + bytes([i]) + b'h' + bytes([i]) + b'eq' + bytes([i + 1]) + b'0'
    for i in range(90)
  )
  archive(path, body + b'hZ')


def _bomb(path, canary):
  """A deflated archive a thousand times its size."""
  del canary
  with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as made:
    made.writestr('archive/data.pkl', b'\x80\x02}.')
    made.writestr('archive/data/0', bytes(40_000_000))


def _twice(path, canary):
  del canary
  with zipfile.ZipFile(path, 'w') as made:
    for folder in ('one', 'two'):
      made.writestr(f'{folder}/data.pkl', b'\x80\x02}.' + bytes(99))


def _wrong_sum(path, canary):
  """A byte of a storage turned after its sum was taken."""
  del canary
  data = {'data/0': np.full(4, 7, np.float32).tobytes()}
  archive(path, tensor(storage()), data)
  raw = path.read_bytes()
  path.write_bytes(raw.replace(data['data/0'], bytes(16), 1))


def _row_claims(size):
  """The old layout, a storage that says to be of `size` numbers."""

  def write(path, canary):
    del canary
    rest = struct.pack('<q', size) + bytes(16)
    row(path, tensor(storage()), ['0'], rest)

  return write


def _row_keys(keys):
  return lambda path, canary: row(path, tensor(storage()), keys, bytes(64))


def _directory(path, canary):
  del canary
  path.mkdir()


def _raw(data):
  return lambda path, canary: path.write_bytes(data)


def _encrypted(path, canary):
  """The flag that says that an entry is encrypted."""
  del canary
  archive(path, b'}')
  raw = bytearray(path.read_bytes())
  for start, flag in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
    raw[raw.index(start) + flag] |= 1
  path.write_bytes(bytes(raw))


_DEEP = 200_000
_SETS = b'}' + text('__defaults__') + b'K\x01s'  # {'__defaults__': 1}
_PLAIN = io.BytesIO()
np.savez(_PLAIN, a=np.zeros(3))

# What is in the file: how it is written, and what the error must say.
FILES = {
  'os.system': (_call('os', 'system'), r'asks to run os\.system'),
  'posix.system': (_call('posix', 'system'), r'asks to run posix\.system'),
  'subprocess': (_call('subprocess', 'getoutput'), 'asks to run subprocess'),
  'eval': (
    _call('builtins', 'eval', lambda c: f'open({str(c)!r}, "w")'),
    r'asks to run builtins\.eval',
  ),
  'exec': (
    _call('builtins', 'exec', lambda c: f'open({str(c)!r}, "w")'),
    r'asks to run builtins\.exec',
  ),
  'python 2': (
    _call('__builtin__', 'execfile', str),
    r'asks to run \w+\.execfile',
  ),
  'open': (_call('io', 'open', str), r'asks to run io\.open'),
  'getattr': (_handwritten(b'cbuiltins\ngetattr\n'), 'builtins.getattr'),
  'inner torch file': (
    _handwritten(b'ctorch.storage\n_load_from_bytes\n(C\x01\x00tR'),
    'asks to run torch.storage._load_from_bytes',
  ),
  'unknown class': (_handwritten(b'cmodel\nNet\n)R}b'), r'run model\.Net'),
  'dotted name': (
    _handwritten(
      text('torch._utils'), text('_rebuild_tensor_v2.__globals__'), b'\x93'
    ),
    '__globals__',
  ),
  'escapes in a name': (
    _handwritten(text('os\n\x1b[2J'), text('system'), b'\x93'),
    r'os\\n\\x1b',
  ),
  'INST': (_old_instance('i'), r'asks to run os\.system'),
  'OBJ': (_old_instance('o'), r'asks to run os\.system'),
  'extension registry': (_extension, 'damaged'),
  'in the old layout': (_in_the_row, r'asks to run os\.system'),
  'in its first pickle': (_in_the_head, r'asks to run os\.system'),
  'a state for a function': (
    _handwritten(_REBUILD, b'N', _SETS, b'\x86b'),
    'damaged',
  ),
  'a state for a storage': (_handwritten(_STORAGE, _SETS, b'b'), 'damaged'),
  'a kind is called': (_handwritten(_STORAGE, b')R'), 'damaged'),
  'items of a class': (
    _handwritten(b'ccollections\nOrderedDict\nK\x01K\x02s'),
    'damaged',
  ),
  'no storage': (_one(word='module'), 'storage of an unknown kind'),
  'kind of a storage': (_one(kind=b'K\x01'), 'storage of an unknown kind'),
  'view of a storage': (_one(more=b'K\x01'), 'storage of an unknown kind'),
  'key of a storage': (_one(key=b'('), 'storage of an unknown kind'),
  'key is a tuple': (_one(key=b')'), 'storage of an unknown kind'),
  'storage that is not there': (_one(key=text('../0')), 'lacks storage'),
  'one storage of two sizes': (
    _handwritten(
      b'(', tensor(storage(4)), tensor(storage(2), shape=(2,)), b't'
    ),
    'two sizes or kinds',
  ),
  'persistent id is no tuple': (_handwritten(b'K\x01Q'), 'damaged'),
  'storage shorter than told': (_one(size=5), 'cut short in storage 0'),
  'storage of a negative size': (_one(size=-4), 'cut short in storage 0'),
  'storage of 2^64': (_one(size=1 << 64), 'cut short in storage 0'),
  'tensor beyond the storage': (_one(shape=(5,)), 'beyond its storage'),
  'offset beyond the storage': (_one(offset=1), 'beyond its storage'),
  'strides beyond the storage': (_one(strides=(2,)), 'beyond its storage'),
  'negative strides': (_one(strides=(-1,)), 'malformed'),
  'negative offset': (_one(offset=-1), 'malformed'),
  'negative shape': (_one(shape=(-1, -4), strides=(1, 1)), 'malformed'),
  'overlapping strides': (
    _one(shape=(1 << 40,), strides=(0,)),
    'beyond its storage',
  ),
  'shape of 2^80 and 0': (
    _one(shape=(1 << 70, 0), strides=(1, 1)),
    'cannot be read',
  ),
  'ninety axes': (_one(shape=(1,) * 90, strides=(1,) * 90), 'cannot be read'),
  'fewer strides than axes': (_one(shape=(2, 2)), 'malformed'),
  'memo index far away': (_handwritten(b'}r\xff\xff\xff\x7f'), 'memo index'),
  'memo never filled': (_handwritten(b'h\x07'), 'damaged'),
  'stack underflow': (_handwritten(b'00'), 'damaged'),
  'mark without an end': (_handwritten(b'((('), 'damaged'),
  'string longer than the file': (
    _handwritten(b'X\xff\xff\xff\x7fabc'),
    'damaged',
  ),
  'bytes of 2^62': (
    _handwritten(b'\x8e' + struct.pack('<Q', 1 << 62)),
    'damaged',
  ),
  'nested tuples as a key': (
    _handwritten(b'})', b'\x85' * _DEEP, b'K\x01s'),
    'nests its containers',
  ),
  'nested lists': (
    _handwritten(b']' * _DEEP, b'a' * (_DEEP - 1)),
    'nests its containers',
  ),
  'holds itself': (_handwritten(b']q\x00h\x00a'), 'no checkpoint'),
  'lists upon lists': (_laughs, 'repeats its objects'),
  'pairs upon pairs as a key': (
    _handwritten(
      b'}K\x01q\x000',
      *(b'h%ch%c\x86q%c0' % (i, i, i + 1) for i in range(90)),
      b'hZK\x01s',
    ),
    'repeats its objects',
  ),
  'zip bomb': (_bomb, 'unpack to more than its own size'),
  'two files of one name': (_twice, 'two files of one name'),
  'wrong checksum': (_wrong_sum, 'CRC'),
  'encrypted': (_encrypted, 'encrypted'),
  'old layout of 2^62 numbers': (_row_claims(1 << 62), 'cut short'),
  'old layout of -1 numbers': (_row_claims(-1), 'cut short'),
  'old layout of fewer numbers': (_row_claims(3), 'cut short'),
  'old layout without keys': (_row_keys([]), 'does not list the storages'),
  'old layout, keys no list': (_row_keys(7), 'does not list the storages'),
  'text': (_raw(b'<html>Quota exceeded</html>\n'), 'cannot be read|damaged'),
  'LFS pointer': (
    _raw(b'version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
    'cannot be read|damaged',
  ),
  'empty': (_raw(b''), 'damaged'),
  'directory': (_directory, 'no such file'),
  'NumPy archive': (_raw(_PLAIN.getvalue()), 'no PyTorch checkpoint'),
  'pickle of a number': (_handwritten(b'K\x07'), 'a int, no checkpoint'),
}
