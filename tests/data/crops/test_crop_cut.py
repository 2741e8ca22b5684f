"""Pictures and landmarks of a clip go through a kind together."""

import cv2
import numpy as np
import pytest
import tiny_clips

from facegen_jax.data.crops import cut, kinds

SHAPE = (240, 320, 3)
FACE = np.add(tiny_clips.landmarks(120), (90, 60))
MARKS = {  # colours of what is drawn at the mean of these landmarks
  'left eye': (range(36, 42), (255, 0, 0)),
  'right eye': (range(42, 48), (0, 255, 0)),
  'mouth': (range(48, 68), (0, 0, 255)),
}


def _drawn(face):
  picture = np.full(SHAPE, 90, np.uint8)
  for points, colour in MARKS.values():
    x, y = face[list(points)].mean(axis=0)
    shift = 8  # fixed-point parts of a pixel
    centre = round(x * 2**shift), round(y * 2**shift)
    cv2.circle(picture, centre, 7 << shift, colour, -1, cv2.LINE_AA, shift)
  return picture


def _centroid(picture, colour):
  # A disc alone is above the ground in its own channel.
  weight = (picture[..., np.argmax(colour)].astype(float) - 90).clip(0)
  y, x = np.indices(weight.shape)
  return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


def _moving(count, step=(1.0, 0.0)):
  return np.stack([np.add(FACE, np.multiply(i, step)) for i in range(count)])


def _cut(name, faces, pictures=None, size=0):
  kind = kinds.kind(name)
  pictures = map(_drawn, faces) if pictures is None else pictures
  crop = cut.place(kind, faces[0], SHAPE, size or kind.size)
  return crop, cut.cut(kind, crop, pictures, faces)


@pytest.mark.parametrize('name', ['aligned', 'whole'])
@pytest.mark.parametrize('size', [48, 96, 256])
def test_what_is_drawn_at_landmarks_lands_at_theirs(name, size):
  _, made = _cut(name, _moving(4, (1, 2)), size=size)
  assert len(made.pictures) == 4 and made.landmarks.shape == (4, 68, 2)
  assert made.landmarks.dtype == np.float32
  for picture, face in zip(made.pictures, made.landmarks, strict=True):
    assert picture.shape == (size, size, 3) and picture.dtype == np.uint8
    for points, colour in MARKS.values():
      wanted = face[list(points)].mean(axis=0)
      np.testing.assert_allclose(_centroid(picture, colour), wanted, atol=0.2)


def test_one_crop_keeps_the_motion_of_the_head():
  crop, made = _cut('aligned', _moving(4, (1, 2)))
  step = np.diff(made.landmarks, axis=0)
  wanted = crop.matrix[:, :2] @ [1, 2]
  np.testing.assert_allclose(
    step, np.broadcast_to(wanted, step.shape), atol=1e-4
  )


def test_beyond_the_picture_its_edge_goes_on():
  faces = tiny_clips.landmarks(120)[None]  # in the corner
  _, made = _cut('micro', faces, [np.full(SHAPE, 77, np.uint8)])
  assert made.landmarks.min() > 0
  np.testing.assert_array_equal(made.pictures[0], 77)


@pytest.mark.parametrize(
  ('colour', 'luma'), [((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29)]
)
def test_gray_weighs_red_and_blue_by_the_standard(colour, luma):
  picture = np.broadcast_to(np.uint8(colour), SHAPE).copy()
  _, made = _cut('micro', FACE[None], [picture])
  np.testing.assert_array_equal(made.pictures[0], luma)


def test_black_outside_of_each_frames_hull_and_untouched_inside():
  faces = _moving(32)
  pictures = [
    np.random.default_rng(i).integers(1, 256, SHAPE, np.uint8)
    for i in range(32)
  ]
  _, black = _cut('black', faces, pictures)
  crop = cut.place(kinds.kind('black'), faces[0], SHAPE, 64)
  plain = cut.cut(kinds.kind('aligned'), crop, pictures, faces)
  np.testing.assert_array_equal(black.landmarks, plain.landmarks)
  far, deep = 0, 0
  for dark, full, face in zip(*black[:1], *plain, strict=True):
    hull = cut.face_hull(face)
    for y, x in np.ndindex(64, 64):
      inward = cv2.pointPolygonTest(hull, (float(x), float(y)), True)
      if inward < -1:
        far += 1
        assert not dark[y, x].any()
      elif inward > 1:
        deep += 1
        np.testing.assert_array_equal(dark[y, x], full[y, x])
  assert far > 20000 and deep > 20000


def test_black_clips_have_32_frames_first_and_last_kept():
  faces = _moving(9)
  crop, made = _cut('black', faces)
  assert len(made.pictures) == len(made.landmarks) == 32
  ends = cut.cut(
    kinds.kind('black')._replace(frames=0), crop, map(_drawn, faces), faces
  )
  for end in (0, -1):
    np.testing.assert_array_equal(made.pictures[end], ends.pictures[end])
    np.testing.assert_array_equal(made.landmarks[end], ends.landmarks[end])


def test_whole_frames_without_landmarks():
  kind = kinds.kind('whole')
  crop = cut.place(kind, None, SHAPE, 32)
  made = cut.cut(kind, crop, [np.zeros(SHAPE, np.uint8)] * 2, None)
  assert len(made.pictures) == 2 and made.landmarks.shape == (0, 68, 2)


@pytest.mark.parametrize(
  ('name', 'count', 'landmarks', 'reason'),
  [
    ('aligned', 0, None, 'without pictures'),
    ('aligned', 3, FACE[None], r'\(3, 68, 2\)'),
    ('black', 1, None, 'wants landmarks'),
  ],
)
def test_what_does_not_fit_together(name, count, landmarks, reason):
  kind = kinds.kind(name)
  crop = cut.place(kind, FACE, SHAPE, 32)
  pictures = [np.zeros(SHAPE, np.uint8)] * count
  with pytest.raises(ValueError, match=reason):
    cut.cut(kind, crop, pictures, landmarks)
