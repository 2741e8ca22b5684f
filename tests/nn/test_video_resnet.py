"""Video ResNets: published sizes and shapes, input, and that they learn."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.pure import pure
from facegen_jax.nn.video_blocks import middle_width
from facegen_jax.nn.video_resnet import KINDS, STAGES, VideoResNet, prepare

COUNTS = {'r3d_18': 33371472, 'mc3_18': 11695440, 'r2plus1d_18': 31505325}


@pytest.mark.parametrize('kind', KINDS)
def test_published_number_of_parameters(kind):
  net = nnx.eval_shape(lambda: VideoResNet(kind, rngs=nnx.Rngs(0)))
  params = jax.tree.leaves(nnx.state(net, nnx.Param))
  assert sum(int(np.prod(p.shape)) for p in params) == COUNTS[kind]


@pytest.mark.parametrize('kind', KINDS)
def test_shapes_of_a_published_clip(kind):
  net = nnx.eval_shape(lambda: VideoResNet(kind, rngs=nnx.Rngs(0)))
  taps = nnx.eval_shape(
    lambda net, x: net.features(x), net, jnp.zeros((1, 16, 112, 112, 3))
  )
  frames = (16, 16, 16, 16) if kind == 'mc3_18' else (16, 8, 4, 2)
  assert taps['stem'].shape == (1, 16, 56, 56, 64)
  for i, name in enumerate(STAGES):
    side, width = 56 >> i, 64 << i
    assert taps[name].shape == (1, frames[i], side, side, width)
  assert taps['avgpool'].shape == (1, 512)
  assert taps['logits'].shape == (1, 400)


def test_middle_widths_of_the_paper():
  pairs = [(64, 64), (64, 128), (128, 128), (128, 256), (256, 256)]
  pairs += [(256, 512), (512, 512)]
  wanted = [144, 230, 288, 460, 576, 921, 1152]
  assert [middle_width(a, b) for a, b in pairs] == wanted
  net = nnx.eval_shape(lambda: VideoResNet('r2plus1d_18', rngs=nnx.Rngs(0)))
  first = net.layer2[0]
  # Both of a block's convolutions share the width of its own input.
  assert first.conv1.conv.spatial.kernel.shape == (1, 3, 3, 64, 230)
  assert first.conv2.conv.spatial.kernel.shape == (1, 3, 3, 128, 230)
  assert net.stem.conv.spatial.kernel.shape == (1, 7, 7, 3, 45)


def test_prepared_input():
  x = jnp.asarray([[-1.0, 0, 1]])[None, None, None]
  np.testing.assert_allclose(prepare(x, 'raw255').ravel(), [0, 127.5, 255])
  wanted = np.array([0 - 0.43216, 0.5 - 0.394666, 1 - 0.37645])
  wanted /= [0.22803, 0.22145, 0.216989]
  np.testing.assert_allclose(prepare(x).ravel(), wanted, rtol=1e-5)
  with pytest.raises(ValueError, match="'raw'"):
    prepare(x, 'raw')


@pytest.mark.parametrize('kind', KINDS)
def test_one_pixel_of_one_frame_is_enough_to_evaluate(kind):
  init, apply = pure(
    lambda rngs: VideoResNet(kind, classes=3, width=2, stem_middle=2, rngs=rngs)
  )
  # Compiled as a whole, and not well: it runs once.
  run = jax.jit(
    lambda key, x: apply(init(key), x)[0],
    compiler_options={'xla_backend_optimization_level': 0},
  )
  logits = run(jax.random.key(0), jnp.ones((2, 1, 1, 1, 3)))
  assert logits.shape == (2, 3)
  assert np.isfinite(logits).all() and (logits[0] == logits[1]).all()


@pytest.mark.parametrize('kind', KINDS)
def test_half_precision_ends_before_the_head(kind):
  init, apply = pure(
    lambda rngs: VideoResNet(kind, width=2, dtype=jnp.bfloat16, rngs=rngs)
  )
  net = jax.eval_shape(init, jax.random.key(0))
  x = jnp.ones((2, 4, 8, 8, 3))
  taps, stats = jax.eval_shape(
    lambda net, x: apply(net, x, train=True, method='features'), net, x
  )
  assert {taps[name].dtype for name in ('stem', *STAGES)} == {
    jnp.dtype('bfloat16')
  }
  assert taps['avgpool'].dtype == taps['logits'].dtype == jnp.float32
  kept = jax.tree.leaves((net.params, stats))
  assert {p.dtype for p in kept} == {jnp.dtype('float32')}


def _moving(labels, frames=4, side=16):
  """Stripes that drift to the right (1) or to the left (0)."""
  draw = np.random.default_rng(0)
  t, x = np.arange(frames)[:, None], np.arange(side)
  shift = np.where(labels == 1, 1, -1)[:, None, None]
  wave = np.sin(2 * np.pi * (x - 2 * shift * t) / 8)
  clip = np.broadcast_to(
    wave[:, :, None, :, None], (len(labels), frames, side, side, 3)
  )
  return jnp.float32(clip + draw.normal(0, 0.1, clip.shape))


def test_direction_of_motion_is_learnt():
  labels = np.arange(12) % 2
  x = _moving(labels)
  init, apply = pure(
    lambda rngs: VideoResNet(
      'r2plus1d_18', classes=2, width=4, stem_middle=4, rngs=rngs
    )
  )
  variables = init(jax.random.key(0))

  def loss(params, stats):
    logits, stats = apply(
      variables._replace(params=params, stats=stats), x, train=True
    )
    picked = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
    return -picked.mean(), stats

  @jax.jit
  def step(params, stats):
    (value, stats), grad = jax.value_and_grad(loss, has_aux=True)(params, stats)
    return jax.tree.map(lambda p, g: p - 0.05 * g, params, grad), stats, value

  params, stats = variables
  values = []
  for _ in range(30):  # rounding decides how the first of them go
    params, stats, value = step(params, stats)
    values.append(float(value))
  assert values[-1] < 0.3 * values[0]
  moved = jax.tree.map(
    lambda a, b: float(abs(a - b).max()), stats, variables.stats
  )
  assert min(jax.tree.leaves(moved)) > 0


def test_an_unknown_kind_is_refused():
  with pytest.raises(ValueError, match="'r3d'"):
    VideoResNet('r3d', rngs=nnx.Rngs(0))
