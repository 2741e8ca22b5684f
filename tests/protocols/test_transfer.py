import numpy as np
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.protocols import transfer
from facegen_jax.protocols.transfer import Labels, Pictures


def test_pairs_are_of_two_people_expressive_and_seeded():
  clips = clips_of(subjects=4, frames=9)
  pairs = transfer.pairs(clips, count=60, per_source=3, seed=0)
  assert len(pairs) == 60
  for p in pairs:
    (a, i), (b, _) = p
    assert clips[a].subject != clips[b].subject
    assert clips[a].labels()[i] >= 0
  assert pairs == transfer.pairs(clips, count=60, per_source=3, seed=0)
  assert pairs != transfer.pairs(clips, count=60, per_source=3, seed=1)
  assert pairs[0].source == pairs[2].source != pairs[3].source


def test_one_person_is_too_few():
  with pytest.raises(UserError, match='held_out'):
    transfer.pairs(clips_of(subjects=1), count=4, per_source=1, seed=0)


def test_batches_are_padded_and_cut_back():
  clips = clips_of(subjects=3)
  pairs = transfer.pairs(clips, count=7, per_source=1, seed=0)
  sizes = []

  def generate(source, target):
    sizes.append(len(source))
    return (source + target) / 2

  shown = transfer.pictures(clips, pairs, generate, None, batch_size=4)
  assert sizes == [4, 4]
  assert len(shown.result) == 7
  assert shown.truth is None
  np.testing.assert_allclose(shown.result, (shown.source + shown.target) / 2)
  assert transfer.truth_figures(shown) == {}


def pictures():
  rng = np.random.default_rng(0)
  target = rng.uniform(-0.5, 0.5, (6, 16, 16, 3)).astype(np.float32)
  truth = target.copy()
  truth[:, 4:8, 4:8] += 0.5  # a quarter of the range, above a tenth
  truth[:, 0, 0] += 0.1  # a twentieth, below
  source = rng.uniform(-1, 1, target.shape).astype(np.float32)
  return source, target, truth


def test_truth_figures_look_where_the_truth_moved():
  source, target, truth = pictures()
  half = (target + truth) / 2
  found = transfer.truth_figures(Pictures(source, target, half, truth))
  assert found['changed_share'] == pytest.approx(16 / 256)
  assert found['pairs_that_change'] == 6
  # MSE 1/16 against 1/64 of the unit range.
  assert found['target_unchanged']['changed_psnr'] == pytest.approx(
    10 * np.log10(16), abs=1e-3
  )
  assert found['result']['changed_psnr'] == pytest.approx(
    10 * np.log10(64), abs=1e-3
  )


def test_truth_itself_is_best_and_unmoved_pairs_are_left_out():
  source, target, truth = pictures()
  truth[0] = target[0]
  found = transfer.truth_figures(Pictures(source, target, truth, truth))
  assert found['pairs_that_change'] == 5
  assert found['result']['ssim'] == pytest.approx(1, abs=1e-5)
  assert found['result']['changed_psnr'] == 100


def test_the_worst_pair_is_the_one_furthest_from_its_truth():
  truth = np.zeros((3, 16, 16, 3), np.float32)
  target = truth.copy()
  target[:2, :4] = 0.9  # the third pair has nothing to change
  result = truth.copy()
  result[1, :4] = 0.5
  shown = Pictures(target, target, result, truth)
  found = transfer.changed_psnr(shown)
  assert found[1] < found[0] and np.isnan(found[2])
  assert transfer.worst(shown, 5) == [(1, found[1]), (0, found[0])]
  assert transfer.worst(shown._replace(truth=None), 5) == []


def test_paper_figures_reward_the_target_and_name_the_extractor():
  rng = np.random.default_rng(0)
  people = rng.uniform(-0.9, 0.9, size=(4, 12))
  who = np.arange(24) % 4
  target = np.float32(people[who] + 0.02 * rng.normal(size=(24, 12)))
  source = np.float32(people[(who + 1) % 4] + 0.02 * rng.normal(size=(24, 12)))
  shape = (24, 2, 2, 3)
  shown = Pictures(
    source.reshape(shape), target.reshape(shape), target.reshape(shape), None
  )
  extractor = Extractor(
    'raw', 'free', False, lambda x: x.reshape(len(x), -1) - np.float32(127.5)
  )
  labels = Labels(
    [str((w + 1) % 4) for w in who], [str(w) for w in who], list(who)
  )
  found = transfer.paper_figures(shown, labels, extractor, extractor, 0.05)
  verification = found['face_verification']
  assert (verification['extractor'], verification['licence']) == ('raw', 'free')
  assert verification['result']['rate'] == 1
  assert verification['source_unchanged']['rate'] < 0.2
  similarity = found['expression_similarity']
  assert similarity['result']['mean'] == similarity['target_unchanged']['mean']
