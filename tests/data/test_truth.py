"""The true result of a transfer, as the embedded faces know it."""

import numpy as np
import pytest
from smoke import smoke_config

from facegen_jax.core.levels import to_uint8
from facegen_jax.data import datasets


@pytest.fixture(scope='module')
def known(data_dir):
  config = smoke_config(data_dir).data
  return config, datasets.load(config).held_out


def test_a_person_moved_by_their_own_clip_is_that_clip(known):
  """From rest to a frame, head and all."""
  config, clips = known
  clip, rest = clips[0], clips[0].neutral()
  pairs = [((0, t), (0, rest)) for t in range(len(clip))]
  true = to_uint8(datasets.truth(config, head=True)(clips, pairs))
  real = np.stack([clip.picture(t) for t in range(len(clip))])
  assert np.abs(np.int32(true) - real).max() <= 1


def test_without_the_head_the_expression_alone_moves(known):
  config, clips = known
  clip, rest = clips[0], clips[0].neutral()
  t = int(clip.au_intensities.sum(1).argmax())
  still = datasets.truth(config)(clips, [((0, t), (0, rest))])
  moved = datasets.truth(config, head=True)(clips, [((0, t), (0, rest))])
  assert np.abs(still - moved).max() > 0.1
  again = datasets.truth(config)(clips, [((0, rest), (0, rest))])
  assert np.abs(to_uint8(again[0]) - np.int32(clip.picture(rest))).max() <= 1


def test_other_datasets_know_no_truth(known):
  config, _ = known
  assert datasets.truth(type(config)({'name': 'folder'})) is None
