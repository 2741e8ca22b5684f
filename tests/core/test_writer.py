"""Logs that read as if a run had never been broken."""

import json

import numpy as np
from PIL import Image

from facegen_jax.core.writer import Writer, sheet, to_uint8


def lines(folder):
  text = (folder / 'metrics.jsonl').read_text()
  return [json.loads(line) for line in text.splitlines()]


def test_lines_after_the_restart_step_are_dropped(tmp_path):
  first = Writer(tmp_path, step=0)
  for step in (1, 2, 3):
    first.scalars(step, {'loss': step / 2}, stage='s')
  first.close()
  with (tmp_path / 'metrics.jsonl').open('a') as f:
    f.write('{"step": 4, "lo')  # cut by a kill
  second = Writer(tmp_path, step=2)
  second.scalars(3, {'loss': 9.0}, stage='s')
  second.close()
  assert [(r['step'], r['loss']) for r in lines(tmp_path)] == [
    (1, 0.5),
    (2, 1.0),
    (3, 9.0),
  ]


def test_nan_is_null(tmp_path):
  writer = Writer(tmp_path, step=0)
  writer.scalars(1, {'x': float('nan')})
  writer.close()
  assert lines(tmp_path)[0]['x'] is None


def test_inactive_writer_leaves_nothing(tmp_path):
  writer = Writer(tmp_path / 'run', step=0, active=False)
  writer.scalars(1, {'x': 1.0})
  writer.close()
  assert not (tmp_path / 'run').exists()


def test_sheet_places_pictures_and_maps_the_range(tmp_path):
  dark, light = np.full((3, 4, 3), -1.0), np.full((3, 4, 3), 1.0)
  made = sheet([[dark, light], [light, dark]], gap=1)
  assert made.shape == (7, 9, 3)
  assert made[0, 0, 0] == 0
  assert made[0, 5, 0] == 255
  assert made[6, 8, 0] == 0
  writer = Writer(tmp_path, step=0)
  writer.picture('s', 12, made)
  writer.close()
  (path,) = (tmp_path / 'sheets').iterdir()
  assert path.name == 's_00000012.png'
  np.testing.assert_array_equal(np.asarray(Image.open(path)), made)


def test_to_uint8_rounds_and_clips():
  assert to_uint8(np.array([-2.0, -1.0, 0.0, 1.0, 2.0])).tolist() == [
    0,
    0,
    128,
    255,
    255,
  ]
