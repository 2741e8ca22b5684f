"""The action-unit evaluation as a whole, with a generator that is known."""

import json
import types

import numpy as np
from PIL import Image
from planted_units import (
  LAYERS,
  NETS,
  SIZE,
  WHO,
  Planted,
  config_of,
  paint,
  read,
  units_of,
)
import pytest
from tiny_clips import clips_of

from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.data import datasets
from facegen_jax.data.clips import Clips
from facegen_jax.data.pictures import encode
from facegen_jax.protocols import units_run
from facegen_jax.systems.au_transfer.encoding import Encoded, How


def code(who, units):
  """One face's code, L w."""
  return np.tile(np.float32([*who, *units]), (LAYERS, 1))


def repainted(clips):
  """The same people and intensities as planted faces."""
  rng, out = np.random.default_rng(0), {}
  vectors = {s: rng.normal(size=WHO) for s in clips.subjects}
  for clip in clips:
    who = vectors[clip.subject]
    codes = np.stack([code(who, x) for x in clip.au_intensities])
    shown = to_uint8(paint(codes))
    extra = {
      'identity_vector': np.float32(who),
      'scene_vectors': np.zeros((len(clip), 1), np.float32),
    }
    values = vars(clip) | {'frames': tuple(map(encode, shown)), 'extra': extra}
    out[clip.subject, clip.name] = type(clip)(**values)
  return Clips(out.values())


CLIPS = repainted(clips_of(6, frames=5))
TRAINING, HELD_OUT = (
  Clips(c for c in CLIPS if (c.subject in ('s4', 's5')) == out)
  for out in (False, True)
)


class Inverse:
  """Reads the code off a planted face; every way finds it at once."""

  how = How(iterations=4)

  def __call__(self, pictures, start='v', keep=(), *, seed=0, how=None):
    x = to_unit(pictures)
    who = np.arctanh(np.clip(2 * x[:, -1, -1], -0.99, 0.99))
    codes = np.stack(
      [code(a, b) for a, b in zip(who, np.asarray(read(x)), strict=True)]
    )
    n = len(codes)
    trace = np.full((n, 5), 0.01) if start == 'v' else np.ones((n, 5))
    reached = np.full(n, 0 if start == 'v' else -1)
    kept = np.repeat(codes[:, None], len(keep), 1)
    return Encoded(codes, trace[:, -1], trace, reached, kept)


def drawn(people, aus, scenes):
  """The truth of planted people."""
  return np.asarray(paint(np.stack([*map(code, people, aus)])))


def evaluated(folder, training=TRAINING, clips=HELD_OUT):
  system = Planted()
  config = config_of(detected=0, people=2, curves=2)

  def generate(seeds):
    codes = [code(np.zeros(WHO), np.full(12, 0.1 * (s % 3))) for s in seeds]
    return np.asarray(paint(np.stack(codes)))

  return units_run.evaluate(
    config,
    clips,
    generate,
    folder,
    system=system,
    state=types.SimpleNamespace(nets=NETS),
    training=training,
    start=lambda: {'stray': np.float32(4.0)},
    encoder=Inverse,
    units=units_of,
  )


@pytest.fixture(scope='module')
def found(tmp_path_factory):
  folder = tmp_path_factory.mktemp('evaluation')
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(datasets, 'renderer', lambda config: drawn)
    return folder, evaluated(folder)


def test_a_generator_that_knows_all_has_full_marks(found):
  _, results = found
  assert results['judge']['mean_mae'] < 0.01
  assert results['people']['nearest_share'] == 1
  for row in results['frechet'].values():
    assert row['start']['value'] > row['now']['value']
  assert results['reconstructed']['ssim'] > 0.999
  assert results['reconstructed']['cosine'] > 0.999
  assert results['encoding']['v']['reached'] == 1
  for row in results['response'].values():
    assert row['own_rows'] == 12
  for row in results['nearer'].values():
    assert row['share'] == row['moved_share'] == 1
  assert results['left_out'] == []


def test_what_it_leaves_behind(found):
  folder, results = found
  shown = {one['picture'] for one in results['pictures']}
  assert shown == {
    'samples.png',
    'encoding.png',
    'units.png',
    'animation.png',
  }
  assert all((folder / name).is_file() for name in shown)
  assert (folder / 'clip.mp4').is_file()
  with Image.open(folder / 'sheet.png') as picture:
    assert picture.size == (7 * (SIZE + 2) - 2, 4 * (SIZE + 2) - 2)
  json.dumps(results, allow_nan=False)


def test_its_table(found):
  _, results = found
  text = units_run.table(results | {'step': 7, 'data': {'name': 'planted'}})
  for words in (
    'step 7, of planted',
    'times nearer than at the start',
    'codes of held-out pictures',
    'held-out faces pushed to one unit',
    'sampled faces pushed to one unit',
    'measured change x 100, set, projected',
    'nearer to the truth',
    'units pushed to 0.8 that rise',
    'strength: 0.9 of a unit by itself',
  ):
    assert words in text


def test_clips_without_intensities_tell_no_units(tmp_path):
  bare = repainted(clips_of(3, frames=5))
  bare = Clips(
    type(c)(**vars(c) | {'au_intensities': np.zeros((0, 12), np.float32)})
    for c in bare
  )
  results = evaluated(tmp_path, bare, bare)
  assert 'judge' not in results and 'nearer' not in results
  assert 'reconstructed' in results
  assert 'have no intensities' in results['left_out'][0]
  text = units_run.table(results | {'step': 7, 'data': {'name': 'planted'}})
  assert 'left out: judge, response, nearer' in text
