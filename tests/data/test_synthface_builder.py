from concurrent.futures import ThreadPoolExecutor
import io
import threading

import numpy as np
from PIL import Image
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.synthface import builder as builder_lib
from facegen_jax.data.synthface import (
  identity_from_vector,
  render,
  scene_from_vector,
)
from facegen_jax.data.synthface.builder import (
  SynthFace,
  SynthFaceConfig,
  prepare,
)

pytestmark = pytest.mark.filterwarnings('ignore::DeprecationWarning')
SIZE, FRAMES = 16, 6  # as `:smoke` has them: its program is used again


def small(**values):
  return SynthFaceConfig(
    name='test', **({'identities': 2, 'size': SIZE, 'frames': FRAMES} | values)
  )


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
  folder = tmp_path_factory.mktemp('synth')
  source = prepare(small(), str(folder)).as_data_source(split='full')
  return {f'{c["subject"]}_{c["clip"]}': c for c in map(_text, source)}


def _text(clip):
  return clip | {
    k: clip[k].decode() if isinstance(clip[k], bytes) else clip[k]
    for k in ('subject', 'clip', 'emotion')
  }


def test_every_person_shows_every_emotion(clips):
  assert len(clips) == 2 * 6
  clip = clips['id001_happiness']
  assert clip['emotion_id'] == vocabulary.EMOTIONS.index('happiness')
  assert clip['au_intensities'].shape == (FRAMES, 12)
  assert clip['landmarks'].shape == (FRAMES, 68, 2)
  apex = clip['au_intensities'][clip['apex']]
  assert 12 in clip['aus']['au'] and apex[vocabulary.AUS.index(12)] > 0.6
  other = clips['id000_happiness']['identity_vector']
  assert np.abs(clip['identity_vector'] - other).max() > 0.01


def test_stored_frames_are_had_again_from_their_factors(clips):
  clip = clips['id000_surprise']
  for i in (0, int(clip['apex'])):
    stored = np.asarray(Image.open(io.BytesIO(clip['frames'][i])))
    again = render(
      identity_from_vector(clip['identity_vector']),
      clip['au_intensities'][i],
      scene_from_vector(clip['scene_vectors'][i]),
      SIZE,
    )
    exact = (np.asarray(again) + 1) * 127.5
    assert stored.shape == (SIZE, SIZE, 3)
    assert np.abs(stored - exact).max() < 0.51


def test_names_hold_every_value():
  changed = [
    {},
    {'seed': 1},
    {'fps': 9.0},
    {'identities': 3},
    {'takes': 2},
    {'size': 32},
    {'frames': 9},
    {'kind': 'micro'},
    {'registered': True},
  ]
  assert len({small(**values).name for values in changed}) == len(changed)
  with pytest.raises(UserError, match='kind'):
    small(kind='mega')


def test_a_listed_config_answers_to_its_label(tmp_path):
  builder = SynthFace(config='micro_64', data_dir=str(tmp_path))
  assert builder.builder_config.kind == 'micro'
  builder = SynthFace(
    config=SynthFaceConfig(name='macro_64'), data_dir=str(tmp_path)
  )
  assert builder.builder_config.size == 64


def test_an_interrupted_build_is_not_taken_as_whole(tmp_path, monkeypatch):
  whole = builder_lib._examples

  def broken(number, clips, config):
    if number == 1:
      raise KeyboardInterrupt
    yield from whole(number, clips, config)

  monkeypatch.setattr(builder_lib, '_examples', broken)
  with pytest.raises(KeyboardInterrupt):
    prepare(small(), str(tmp_path))
  assert not SynthFace(config=small(), data_dir=str(tmp_path)).is_prepared()
  monkeypatch.undo()
  source = prepare(small(), str(tmp_path)).as_data_source(split='full')
  assert len(source) == 12


def test_two_that_prepare_at_once_find_the_same_files(tmp_path, monkeypatch):
  together = threading.Barrier(2)
  people = SynthFace._people

  def waiting(self, numbers):
    together.wait(60)  # both have found nothing there
    yield from people(self, numbers)

  monkeypatch.setattr(SynthFace, '_people', waiting)
  with ThreadPoolExecutor(2) as pool:
    both = [pool.submit(prepare, small(), str(tmp_path)) for _ in range(2)]
    found = [one.result().as_data_source(split='full') for one in both]
  assert [len(clips) for clips in found] == [12, 12]
  assert found[0][3]['frames'] == found[1][3]['frames']
  left = [p.name for p in tmp_path.rglob('*incomplete*')]
  assert not left
