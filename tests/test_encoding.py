"""A run's encoder: batches, starts, and what a user may set wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from smoke import experiment
import tiny_codes

from facegen_jax import encoding
from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_uint8, to_unit
from facegen_jax.systems.au_transfer.encoding_config import STARTS
from facegen_jax.systems.au_transfer.system import System

PICTURES = to_uint8(tiny_codes.render(tiny_codes.CODES))


@pytest.fixture(scope='module')
def encoder():
  return tiny_codes.encoder()


@pytest.mark.parametrize('start', STARTS)
def test_codes_draw_the_pictures_again(encoder, start):
  how = encoder.how._replace(iterations=300, stop=False, decay='cosine')
  found = encoder(PICTURES, start, how=how)
  made = encoder.render(found.codes)
  apart = np.abs(made.astype(float) - PICTURES).mean((1, 2, 3))
  assert (apart < 3).all(), apart
  assert all(isinstance(x, np.ndarray) for x in found)


def test_v_is_under_the_threshold_sooner(encoder):
  """In every picture: it begins nearer."""
  found = {start: encoder(PICTURES, start, seed=1) for start in STARTS}
  assert (found['v'].reached >= 0).all()
  for start in ('mean', 'random'):
    never = found[start].reached < 0
    assert (never | (found['v'].reached < found[start].reached)).all()
    assert (found['v'].trace[:, 0] < found[start].trace[:, 0]).all()


def test_a_picture_has_its_code_whatever_is_beside_it(encoder):
  """In a batch of two, in one that is filled up, alone."""
  for start in STARTS:
    whole = encoder(PICTURES, start, (0, 3), seed=5)
    assert whole.kept.shape == (3, 2, tiny_codes.LAYERS, tiny_codes.W)
    some = encoder(PICTURES[:1], start, (0, 3), seed=5)
    for a, b in zip(whole, some, strict=True):
      np.testing.assert_allclose(a[:1], b, rtol=1e-4, atol=1e-5)


def test_a_random_start_is_its_seed_and_number(encoder):
  how = encoder.how._replace(iterations=1, stop=False)
  same = np.repeat(PICTURES[:1], 3, 0)
  a, b, c = (
    encoder(same, 'random', (0,), seed=s, how=how).kept for s in (0, 0, 1)
  )
  np.testing.assert_array_equal(a, b)
  assert np.abs(a - c).max() > 0.1 and np.abs(a[0] - a[1]).max() > 0.1


def test_the_threshold_is_a_share_of_the_loss_at_the_mean_code(encoder):
  found = encoder(PICTURES, 'mean')
  limit = encoder.how.threshold * found.trace[:, 0]
  reached = found.reached
  assert (reached > 0).all()
  rows = np.arange(len(PICTURES))
  assert (found.trace[rows, reached] < limit).all()
  assert (found.trace[rows, reached - 1] >= limit).all()


def test_other_pictures_are_refused(encoder):
  with pytest.raises(ValueError, match='wants n 8 8 3 uint8'):
    encoder(to_unit(PICTURES))
  with pytest.raises(UserError, match='no picture to encode'):
    encoder(PICTURES[:0])
  with pytest.raises(UserError, match=r"start='w': choose one of"):
    encoder(PICTURES, 'w')


def test_codes_that_run_away():
  wild = tiny_codes.encoder(
    rate=3e38, optimizer='sgd', pull=1.0, iterations=5, stop=False
  )
  with pytest.raises(UserError, match=r'ran away: lower config.encode.rate'):
    wild(PICTURES[:2], 'mean')


@pytest.mark.parametrize(
  ('field', 'value', 'told'),
  [
    ('optimizer', 'lbfgs', "optimizer='lbfgs': choose one of"),
    ('decay', 'step', "decay='step': choose one of"),
    ('start', 'zero', "start='zero': choose one of"),
    ('iterations', 0, 'iterations=0: at least 1'),
    ('rate', 0.0, 'rate=0.0: a number above 0'),
    ('threshold', -1.0, 'threshold=-1.0: a number above 0'),
    ('pull', -0.5, 'pull=-0.5: 0, or a weight above'),
  ],
)
def test_a_config_that_cannot_be(field, value, told):
  with pytest.raises(UserError, match=told):
    tiny_codes.encoder(**{field: value})


@pytest.fixture(scope='module')
def run(tmp_path_factory):
  """The workdir of `:smoke` at its first step, as a finished run leaves it."""
  workdir = tmp_path_factory.mktemp('run')
  config = experiment('au_transfer', encode__iterations=2).lock()
  system = System(config)

  def first(key):
    nets, averages = system.init(key), system.averages()
    return state_lib.create(
      {name: nets[name] for name in averages}, None, averages
    )

  made = jax.jit(first, compiler_options={'xla_backend_optimization_level': 0})(
    jax.random.key(0)
  )
  saves = Checkpoints(workdir)
  saves.save(3, made.replace(step=jnp.int32(3)), {}, config)
  saves.close()
  return workdir


def test_a_run_encodes_by_its_own_networks(run):
  encoder = encoding.open_encoder(run)
  shape = (encoder.layers, encoder.w)
  assert (encoder.size, encoder.step, *shape) == (16, 3, 6, 4)
  rng = np.random.default_rng(0)
  pictures = rng.integers(0, 256, (2, 16, 16, 3), np.uint8)
  how = encoder.how._replace(pixels=1.0, conv=1.0, pull=0.1, stop=False)
  found = encoder(pictures, 'random', (2,), how=how)
  assert found.codes.shape == (2, *shape)
  assert found.trace.shape == (2, 3)
  np.testing.assert_array_equal(found.kept[:, 0], found.codes)
  assert encoder.render(found.codes).shape == pictures.shape


def test_a_run_of_another_system(trained):
  with pytest.raises(UserError, match='a run of aipgan has no codes; name one'):
    encoding.open_encoder(trained)
