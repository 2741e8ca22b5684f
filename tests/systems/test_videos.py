"""What the systems share that make a clip of a labelled expression."""

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest
from tiny_clips import clips_of

from facegen_jax.core.errors import UserError
from facegen_jax.core.levels import to_unit
from facegen_jax.data import to_apex
from facegen_jax.systems import videos


def config(**data):
  fields = {'clip_frames': 8, 'size': 16, 'until': 'apex'} | data
  return ml_collections.ConfigDict({'data': fields})


def test_an_example_is_the_clip_to_its_apex_and_its_label():
  clips = clips_of(2, emotions=(1, 4))
  found = videos.Videos(config(), clips)
  assert len(found) == 4
  for i, clip in enumerate(clips):
    example = found.example(i, np.random.default_rng(0))
    assert set(example) == {'video', 'label'}
    assert example['label'] == clip.emotion_id
    assert example['label'].dtype == np.int32
    np.testing.assert_array_equal(example['video'], to_apex.to_apex(clip, 8))
    np.testing.assert_array_equal(example['video'][0], clip.picture(0))


def test_unlabelled_clips_are_no_examples():
  with pytest.raises(UserError, match='six emotions'):
    videos.Videos(config(), clips_of(labelled=False))


def test_pictures_of_another_size_are_named():
  with pytest.raises(UserError, match=r'config\.data\.size=32.*16 px'):
    videos.Videos(config(size=32), clips_of())


def test_unit_takes_the_ends_of_uint8_to_those_of_the_network():
  x = to_unit(jnp.array([0, 51, 255], jnp.uint8))
  assert x.dtype == jnp.float32
  np.testing.assert_allclose(x, [-1, -0.6, 1], atol=1e-6)


@pytest.mark.parametrize('axes', [(), (5,), (2, 3, 4)])
def test_labels_are_laid_beside_every_pixel(axes):
  like = jnp.zeros((2, *axes, 7), jnp.bfloat16)
  found = videos.tiled(jnp.array([0, 5]), like)
  assert found.shape == (2, *axes, 6)
  assert found.dtype == jnp.bfloat16
  assert (found[0].reshape(-1, 6) == jnp.eye(6)[0]).all()
  assert (found[1].reshape(-1, 6) == jnp.eye(6)[5]).all()
  assert jnp.concatenate([like, found], -1).shape == (2, *axes, 13)


def test_adam_has_the_configs_rate_and_momentum():
  """Two steps by hand; the second tells b1 from another."""
  fields = ml_collections.ConfigDict(
    {'learning_rate': 0.01, 'b1': 0.5, 'b2': 0.9, 'decay': 0.0}
  )
  optimizer = videos.adam(fields, 10)
  params = {'w': jnp.array([1.0])}
  opt, m, v = optimizer.init(params), 0.0, 0.0
  for t, g in enumerate((1.0, -3.0), start=1):
    delta, opt = optimizer.update({'w': jnp.array([g])}, opt, params)
    m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g * g
    step = m / (1 - 0.5**t) / np.sqrt(v / (1 - 0.9**t))
    assert float(delta['w'][0]) == pytest.approx(-0.01 * step, rel=1e-4)
    params = optax.apply_updates(params, delta)


def test_the_rate_falls_to_nothing_over_the_last_steps():
  fields = ml_collections.ConfigDict(
    {'learning_rate': 0.01, 'b1': 0.0, 'b2': 0.9, 'decay': 0.5}
  )
  optimizer = videos.adam(fields, 8)
  params = {'w': jnp.array([1.0])}
  opt, rates = optimizer.init(params), []
  for _ in range(9):
    delta, opt = optimizer.update({'w': jnp.array([1.0])}, opt, params)
    rates.append(-float(delta['w'][0]))
  wanted = [0.01] * 5 + [0.0075, 0.005, 0.0025, 0.0]
  assert rates == pytest.approx(wanted, rel=1e-4)


def test_a_sheet_shows_six_expressions_then_real_above_made():
  asked = {}

  def generate(given):
    """A clip whose frame k is the label plus k / 100."""
    asked.update(given)
    label = given['label'].astype(jnp.float32)[:, None, None, None, None]
    time = jnp.arange(9)[:, None, None, None] / 100
    return jnp.broadcast_to(label + time, (len(label), 9, 4, 4, 3))

  video = np.zeros((2, 9, 4, 4, 3), np.uint8)
  video[0], video[1] = 255, 51
  batch = {'video': video, 'label': np.array([4, 2], np.int32)}
  columns = videos.columns(generate, jax.tree.map(jnp.asarray, batch))
  given, *moments = (np.asarray(column) for column in columns)
  assert len(moments) == 8
  assert given.shape == moments[0].shape == (6 + 4, 4, 4, 3)
  assert asked['label'].tolist() == [0, 1, 2, 3, 4, 5, 4, 2]
  np.testing.assert_allclose(asked['picture'][:7], 1)
  np.testing.assert_allclose(asked['picture'][7], -0.6, atol=1e-6)
  first, last = moments[0][:, 0, 0, 0], moments[-1][:, 0, 0, 0]
  np.testing.assert_allclose(
    first, [0, 1, 2, 3, 4, 5, 1, 4, -0.6, 2], atol=1e-6
  )
  np.testing.assert_allclose(last[:6], np.arange(6) + 0.08, atol=1e-6)
  np.testing.assert_allclose(last[[7, 9]], [4.08, 2.08], atol=1e-6)
  np.testing.assert_allclose(given[:, 0, 0, 0], [1] * 8 + [-0.6] * 2, atol=1e-6)


def test_sizes_follow_from_doublings():
  videos.check_shape(config(size=64, clip_frames=32), 4)
  videos.check_shape(config(size=16, clip_frames=8), 2)
  for wrong in ({'size': 32}, {'clip_frames': 16}):
    with pytest.raises(UserError) as error:
      videos.check_shape(config(**{'clip_frames': 8, 'size': 16} | wrong), 2)
    (field,) = wrong
    assert f'{field}={wrong[field]}' in str(error.value)
    assert 'config.model.channels' in str(error.value)
    assert '\n' not in str(error.value)
