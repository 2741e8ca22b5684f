"""Codes are found again, each as if it were alone, and kept when they are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_codes import CODES, LAYERS, W, feature, maps, render

from facegen_jax.systems.au_transfer.encoding import (
  Encoded,
  How,
  distances,
  encode,
)

QUICK = How(300, 0.05, stop=False, decay='cosine')


def found(codes, start, how, mean_loss=None, **more) -> Encoded:
  @quick_jit
  def run(codes, start, mean_loss):
    return encode(render, feature, render(codes), start, how, mean_loss, **more)

  return jax.device_get(run(codes, start, mean_loss))


def mean_losses(codes):
  return distances(feature, render(jnp.zeros_like(codes)), render(codes))


@pytest.mark.parametrize(
  'how',
  [
    QUICK,
    QUICK._replace(optimizer='sgd', rate=2.0),
    QUICK._replace(feature=0.0, pixels=30.0, iterations=600),
    QUICK._replace(feature=0.0, conv=1.0),
  ],
  ids=['adam', 'sgd', 'pixels', 'conv'],
)
def test_planted_codes_are_found_again(how):
  got = found(CODES, np.zeros_like(CODES), how, maps=maps)
  error = np.abs(got.codes - CODES).max((1, 2))
  assert (error < 0.05).all(), error
  assert (got.loss < 0.03 * got.trace[:, 0]).all()


def test_the_trace_is_the_loss_of_the_codes_on_the_way():
  keep = (0, 1, 4, 30)
  how = QUICK._replace(iterations=30)
  got = found(CODES, np.zeros_like(CODES), how, keep=keep)
  assert got.trace.shape == (3, 31)
  np.testing.assert_array_equal(got.kept[:, 0], np.zeros_like(CODES))
  np.testing.assert_array_equal(got.kept[:, -1], got.codes)
  for i, moment in enumerate(keep):
    loss = distances(feature, render(got.kept[:, i]), render(CODES))
    np.testing.assert_allclose(got.trace[:, moment], loss, rtol=1e-4, atol=1e-6)
  np.testing.assert_array_equal(got.loss, got.trace[:, -1])


def test_a_batch_is_what_its_pictures_are_alone():
  how = QUICK._replace(iterations=20, stop=True, threshold=0.5)
  limit = mean_losses(CODES)
  whole = found(CODES, np.zeros_like(CODES), how, limit)
  for i in range(len(CODES)):
    part = slice(i, i + 1)
    alone = found(CODES[part], np.zeros_like(CODES[part]), how, limit[part])
    for a, b in zip(whole, alone, strict=True):
      np.testing.assert_allclose(a[part], b, rtol=1e-5, atol=1e-6)


def test_a_reached_picture_keeps_its_code():
  how = QUICK._replace(decay='none', threshold=0.4)
  limit = mean_losses(CODES)
  start, keep = np.zeros_like(CODES), tuple(range(40))
  on = found(CODES, start, how, limit, keep=keep)
  kept = found(CODES, start, how._replace(stop=True), limit, keep=keep)
  under = on.trace < 0.4 * np.asarray(limit)[:, None]
  first = under.argmax(1)
  assert (first > 0).all() and (first < 40).all()
  np.testing.assert_array_equal(on.reached, first)
  np.testing.assert_array_equal(kept.reached, first)
  for i, moment in enumerate(first):
    np.testing.assert_allclose(
      kept.codes[i], on.kept[i, moment], rtol=1e-5, atol=1e-6
    )
    assert (kept.trace[i, moment:] == kept.trace[i, moment]).all()
    np.testing.assert_array_equal(kept.kept[i, -1], kept.codes[i])
  assert not np.allclose(on.codes, kept.codes, atol=1e-2)


def test_what_is_never_reached():
  how = QUICK._replace(iterations=3, threshold=1e-9, stop=True)
  start = np.zeros_like(CODES)
  assert (found(CODES, start, how, mean_losses(CODES)).reached == -1).all()
  # Even an exact code is not, where no threshold is meant.
  assert (found(CODES, CODES, how).reached == -1).all()


def test_no_update_leaves_the_start():
  got = found(CODES, CODES, QUICK._replace(iterations=0))
  np.testing.assert_array_equal(got.codes, CODES)
  assert got.trace.shape == (3, 1)


def test_twice_is_the_same():
  how = QUICK._replace(iterations=10)
  a, b = (found(CODES, np.zeros_like(CODES), how) for _ in range(2))
  for x, y in zip(a, b, strict=True):
    np.testing.assert_array_equal(x, y)


def test_a_pull_holds_codes_at_the_mean():
  mean = np.zeros((LAYERS, W), np.float32)
  free, held = (
    found(CODES, np.zeros_like(CODES), QUICK._replace(pull=p), mean=mean)
    for p in (0.0, 1.0)
  )
  assert np.linalg.norm(held.codes) < 0.8 * np.linalg.norm(free.codes)


@pytest.mark.parametrize(
  ('how', 'told'),
  [
    (How(optimizer='lbfgs'), 'optimizer is of'),
    (How(decay='step'), 'decay of'),
    (How(conv=1.0), 'conv needs maps'),
    (How(pull=1.0), 'pull needs the mean'),
  ],
)
def test_what_is_not_meant(how, told):
  with pytest.raises(ValueError, match=told):
    encode(render, feature, render(CODES), CODES, how)


def test_all_updates_are_one_loop():
  """Nothing is unrolled and no host is asked on the way."""

  def run(codes):
    how = QUICK._replace(iterations=512, stop=True)
    return encode(render, feature, render(codes), codes, how, jnp.ones(3))

  program = quick_jit(run).lower(CODES).as_text()
  assert program.count('stablehlo.while') == 1
  assert 'custom_call' not in program
