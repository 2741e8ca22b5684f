import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import vocabulary
from facegen_jax.data.synthface import (
  EXPRESSIONS,
  curves,
  identity_from_vector,
  landmark_points,
  landmarks,
  motion,
  neutral_scene,
  pose,
  relief,
  render_batch,
  sample_expression,
  sample_identity,
  sample_scene,
  scene_from_vector,
  skin,
  to_vector,
)
from facegen_jax.data.synthface import (
  head as head_lib,
)

SIZE = 64
NEUTRAL = np.zeros(12, np.float32)


def stack(items):
  return jax.tree.map(lambda *x: jnp.asarray(np.stack(x), jnp.float32), *items)


def draw(faces):
  """Pictures of (identity, aus, scene) triples, padded to one batch of 16."""
  padded = list(faces) + [faces[-1]] * (16 - len(faces))
  identities, aus, scenes = zip(*padded, strict=True)
  aus = jnp.asarray(np.stack(aus))
  pictures = render_batch(stack(identities), aus, stack(scenes), size=SIZE)
  return np.asarray(pictures)[: len(faces)]


def only(au):
  return np.equal(vocabulary.AUS, au).astype(np.float32)


@pytest.fixture(scope='module')
def person():
  return sample_identity(jax.random.key(3))


def test_pictures_are_finite_in_range_and_deterministic():
  faces = [
    (
      sample_identity(jax.random.key(i)),
      sample_expression(jax.random.key(i), emotion),
      sample_scene(jax.random.key(50 + i)),
    )
    for i, emotion in enumerate(vocabulary.EMOTIONS)
  ]
  first, second = draw(faces), draw(faces)
  assert first.shape == (6, SIZE, SIZE, 3) and first.dtype == np.float32
  assert np.isfinite(first).all()
  assert first.min() >= -1 and first.max() <= 1
  np.testing.assert_array_equal(first, second)
  assert np.abs(first[0] - first[1]).mean() > 0.05  # people differ


def test_vectors_round_trip():
  identity = sample_identity(jax.random.key(1))
  scene = sample_scene(jax.random.key(2))
  for value, back in (
    (identity, identity_from_vector),
    (scene, scene_from_vector),
  ):
    again = back(to_vector(value))
    for name, x, y in zip(value._fields, value, again, strict=True):
      np.testing.assert_array_equal(x, y, err_msg=name)
  with pytest.raises(ValueError, match='numbers'):
    scene_from_vector(to_vector(identity))


def test_pixels_see_the_points_that_landmarks_name(person):
  """`trace` inverts `project` at every visible landmark, in a turned head."""
  scene = sample_scene(jax.random.key(8))._replace(
    yaw=jnp.float32(0.2), pitch=jnp.float32(0.1), roll=jnp.float32(0.1)
  )
  aus = jnp.asarray(EXPRESSIONS['surprise'])
  want = landmark_points.surface_points(person, aus, scene.blink)
  pixels = landmarks(person, aus, scene, 128)
  view = pose.view_of(scene)
  x, y = pose.plane(scene, view, pixels[:, 0], pixels[:, 1], 128)
  seen = pose.trace(
    head_lib.head_of(person, aus),
    relief.parallax_bumps(person, aus),
    view,
    x,
    y,
  )
  error = np.hypot(seen.u - want[:, 0], seen.v - want[:, 1])
  pixel = float(pose.pixel_size(scene, 128))
  assert error[17:].max() < 0.5 * pixel


def test_pupils_lie_between_the_lids(person):
  dark = person._replace(iris=jnp.full(3, 0.01))
  picture = draw([(dark, NEUTRAL, neutral_scene())])[0].mean(-1)
  points = np.asarray(landmarks(dark, NEUTRAL, neutral_scene(), 64))
  for eye in (points[36:42], points[42:48]):
    low, high = (
      np.floor(eye.min(0)).astype(int),
      np.ceil(eye.max(0)).astype(int),
    )
    box = picture[low[1] : high[1] + 1, low[0] : high[0] + 1]
    weight = np.clip(np.median(box) - box, 0, None) ** 2
    column = (weight.sum(0) * np.arange(box.shape[1])).sum() / weight.sum()
    assert abs(low[0] + column - eye[:, 0].mean()) < 1.5


def test_frontal_symmetric_scene_gives_a_symmetric_face(person):
  scene = neutral_scene()
  even = person._replace(
    phase=jnp.zeros(8), hair_part=jnp.float32(0), fringe=jnp.float32(0)
  )
  picture = draw([(even, NEUTRAL, scene)])[0]
  points = np.asarray(landmarks(even, NEUTRAL, scene, 64))
  np.testing.assert_allclose(points[0, 0] + points[16, 0], 63, atol=1e-3)
  np.testing.assert_allclose(points[36, 1], points[45, 1], atol=1e-3)
  middle = picture[24:50, 12:52]
  assert np.abs(middle - middle[:, ::-1]).mean() < 0.02


def test_jaw_drop_lengthens_the_face(person):
  rest = np.asarray(landmarks(person, NEUTRAL, neutral_scene(), 64))
  open_ = np.asarray(landmarks(person, only(26), neutral_scene(), 64))
  moved = (open_ - rest)[:, 1]
  assert moved[8] > 4 and moved[57] > 4 and moved[66] > 4
  np.testing.assert_allclose(moved[27:48], 0, atol=1e-4)
  assert moved[66] - moved[62] > 4


def _changed(person):
  scene = neutral_scene()
  faces = [(person, NEUTRAL, scene)] + [
    (person, only(au), scene) for au in vocabulary.AUS
  ]
  pictures = draw(faces)
  changes = np.abs(pictures[1:] - pictures[0]).mean(-1)
  return dict(zip(vocabulary.AUS, changes, strict=True))


def test_each_unit_changes_its_own_part_of_the_face(person):
  points = np.asarray(landmarks(person, NEUTRAL, neutral_scene(), SIZE))
  line = int(points[33, 1])  # under the nose
  for au, change in _changed(person).items():
    upper, lower = change[:line].sum(), change[line:].sum()
    assert change.max() > 0.05, au
    if au in (1, 2, 4, 5):
      assert upper > 0.95 * (upper + lower), au
    if au in (12, 15, 17, 20, 25, 26):
      assert lower > 0.6 * (upper + lower), au


@pytest.mark.parametrize('seed', range(5))
def test_macro_returns_to_neutral(seed):
  m = motion.macro(jax.random.key(seed), 16, 8.0)
  curve = np.asarray(m.curve)
  assert 0 <= m.onset < m.apex < m.offset < 16
  np.testing.assert_allclose(curve[m.apex], 1, atol=1e-6)
  assert curve[-1] < 0.05 and curve[: m.onset + 1].max() < 1e-6
  assert (np.diff(curve[m.onset : m.apex + 1]) >= 0).all()


@pytest.mark.parametrize('seed', range(5))
def test_micro_is_short_and_weak(seed):
  m = motion.micro(jax.random.key(seed), 32, 50.0)
  curve = np.asarray(m.curve)
  assert (m.offset - m.onset) / 50.0 < 0.5
  assert 0.1 < curve.max() <= motion.MICRO_PEAK + 1e-6
  assert curve.argmax() == m.apex
  outside = np.r_[curve[: m.onset + 1], curve[m.offset :]]
  np.testing.assert_allclose(outside, 0, atol=1e-6)


def test_too_short_clips_are_refused():
  with pytest.raises(UserError, match='too coarse'):
    motion.micro(jax.random.key(0), 32, 5.0)
  with pytest.raises(UserError, match='too short'):
    motion.macro(jax.random.key(0), 3, 8.0)


def test_sampled_expressions_follow_the_prototype():
  keys = jax.random.split(jax.random.key(0), 20)
  drawn = np.stack([sample_expression(key, 'happiness') for key in keys])
  smile = vocabulary.AUS.index(12)
  assert (drawn[:, smile] >= 0.6).all() and drawn[:, smile].std() > 0.02
  assert (drawn >= 0).all() and (drawn <= 1).all()


def test_a_blink_shuts_the_eyes(person):
  def gap(blink):
    eye = curves.eye_of(person, jnp.asarray(NEUTRAL), jnp.float32(blink))
    _, upper, lower = curves.lids(eye, person.eye_x)
    return float(lower - upper)

  assert gap(1.0) < 0.15 * gap(0.0)


def test_wrinkles_are_finite_where_those_of_the_eye_corner_meet(person):
  """They fan out from a = 0.40; a pixel can fall on it exactly."""
  a, v = jnp.meshgrid(jnp.linspace(0.3, 0.7, 41), jnp.linspace(-0.2, 0.2, 41))
  a = a.at[:, 10].set(0.40)
  lines = skin.wrinkles(person, jnp.asarray(only(6)), a, v)
  assert np.isfinite(lines).all()
  assert np.ptp(lines) > 0.05
