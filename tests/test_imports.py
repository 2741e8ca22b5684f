"""Imports go one way."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).resolve().parent.parent / 'facegen_jax'

# Room -> rooms of ours that it may import, itself aside.
ALLOWED = {
  'animation': {'core', 'data', 'encoding', 'runs', 'systems'},
  'core': set(),
  'nn': set(),
  'losses': {'nn'},
  'data': {'core'},
  'weights': {'core', 'nn', 'losses', 'metrics'},
  'metrics': {'core', 'data', 'nn'},
  'report': {'core', 'start'},
  'studies': {'core'},
  'systems': {'core', 'nn', 'losses', 'weights', 'data'},
  'protocols': {'core', 'data', 'metrics', 'systems'},
  'transfers': {'animation', 'core', 'data', 'runs', 'systems'},
  'micro': {
    *('core', 'data', 'protocols', 'systems', 'transfers'),
    *('finished_runs', 'recognition_runs', 'runs'),
  },
}
# Programs within a room: what they may import beside. No other file imports
# them, so that rooms which read from theirs still go one way.
PROGRAMS = {
  'weights/parity*.py': {'systems'},  # runs the networks of every room
  'weights/checkpoint*.py': {'systems'},  # other people's runs: in and out
  'weights/convert.py': {'config_flag', 'start'},
}
DATA_OF_SYSTEMS = {'clips', 'three_classes', 'to_apex', 'vocabulary'}


def imports(path):
  for node in ast.walk(ast.parse(path.read_text())):
    if isinstance(node, ast.ImportFrom) and node.level == 0:
      yield from (f'{node.module}.{a.name}' for a in node.names)
    elif isinstance(node, ast.Import):
      yield from (a.name for a in node.names)


def ours(path):
  for name in imports(path):
    parts = name.split('.')
    if parts[0] == 'facegen_jax' and len(parts) > 1:
      yield parts[1:]


def _program(path):
  """What a program may import beside; None for any other file."""
  return next((may for p, may in PROGRAMS.items() if path.match(p)), None)


@pytest.mark.parametrize('room', sorted(ALLOWED))
def test_room_imports_only_what_it_may(room):
  files = list((PACKAGE / room).rglob('*.py'))
  assert files
  wrong = [
    f'{path.relative_to(PACKAGE)}: {".".join(parts)}'
    for path in files
    for parts in ours(path)
    if parts[0] != room
    and parts[0] not in ALLOWED[room] | (_program(path) or set())
  ]
  assert not wrong


def test_only_programs_import_programs():
  for path in PACKAGE.rglob('*.py'):
    for parts in ours(path) if _program(path) is None else ():
      file = PACKAGE.joinpath(*parts[:2]).with_suffix('.py')
      assert _program(file) is None, path


def test_systems_take_clips_and_names_from_data_alone():
  for path in (PACKAGE / 'systems').rglob('*.py'):
    for parts in ours(path):
      if parts[0] == 'data':
        assert parts[1] in DATA_OF_SYSTEMS, path


def test_no_system_imports_a_system():
  shared = {path.stem for path in (PACKAGE / 'systems').glob('*.py')}
  for folder in (PACKAGE / 'systems').iterdir():
    for path in folder.rglob('*.py') if folder.is_dir() else ():
      for parts in ours(path):
        if parts[0] == 'systems':
          assert parts[1] in {folder.name} | shared, path


def test_nothing_is_called_utils():
  assert not [p for p in PACKAGE.rglob('*.py') if 'util' in p.stem]
