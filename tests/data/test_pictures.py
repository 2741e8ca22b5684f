"""Pictures of every kind become h w 3 uint8 RGB, or one clear line."""

import numpy as np
from PIL import Image
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures


def _ramp(height=40, width=48):
  y, x = np.mgrid[:height, :width]
  return np.stack([x * 5, y * 5, (x + y) * 2], -1).astype(np.uint8)


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.tif', '.tiff', '.PNG'])
def test_lossless_kinds_come_back_exactly(tmp_path, suffix):
  path = tmp_path / f'a{suffix}'
  pictures.write(path, _ramp())
  np.testing.assert_array_equal(pictures.read(path), _ramp())


@pytest.mark.parametrize('suffix', ['.jpg', '.webp'])
def test_lossy_kinds_come_back_nearly(tmp_path, suffix):
  path = tmp_path / f'a{suffix}'
  pictures.write(path, _ramp())
  assert np.abs(pictures.read(path).astype(int) - _ramp()).mean() < 4


def test_exif_orientation_is_applied(tmp_path):
  exif = Image.Exif()
  exif[0x0112] = 6  # turn clockwise by 90 degrees
  Image.fromarray(_ramp()).save(tmp_path / 'a.png', exif=exif)
  np.testing.assert_array_equal(
    pictures.read(tmp_path / 'a.png'), np.rot90(_ramp(), -1)
  )


def test_alpha_lies_over_white(tmp_path):
  alpha = np.full((40, 48, 1), 255, np.uint8)
  alpha[:20] = 0
  Image.fromarray(np.concatenate([_ramp(), alpha], -1)).save(tmp_path / 'a.png')
  got = pictures.read(tmp_path / 'a.png')
  assert (got[:20] == 255).all()
  np.testing.assert_array_equal(got[20:], _ramp()[20:])


@pytest.mark.parametrize('mode', ['L', 'LA', '1', 'P', 'CMYK'])
def test_other_modes_become_rgb(tmp_path, mode):
  image = Image.new('RGB', (48, 40), (255, 255, 255)).convert(mode)
  image.save(tmp_path / 'a.tif')
  got = pictures.read(tmp_path / 'a.tif')
  assert got.shape == (40, 48, 3) and got.dtype == np.uint8
  assert (got >= 254).all()


@pytest.mark.parametrize('suffix', ['.png', '.tif'])
def test_16_bits_are_scaled(tmp_path, suffix):
  deep = np.linspace(0, 65535, 40 * 48).reshape(40, 48).astype(np.uint16)
  Image.fromarray(deep).save(tmp_path / f'a{suffix}')
  got = pictures.read(tmp_path / f'a{suffix}')
  np.testing.assert_array_equal(got[..., 0], np.rint(deep / 257))
  np.testing.assert_array_equal(got[..., 0], got[..., 2])


@pytest.mark.parametrize('scale', [1.0, 255.0])
def test_floats_count_by_their_range(tmp_path, scale):
  values = np.linspace(0, scale, 40 * 48, dtype=np.float32).reshape(40, 48)
  Image.fromarray(values).save(tmp_path / 'a.tif')
  got = pictures.read(tmp_path / 'a.tif')
  np.testing.assert_allclose(got[..., 1], values * 255 / scale, atol=0.51)


@pytest.mark.parametrize('value', [np.nan, np.inf])
@pytest.mark.parametrize('channels', [1, 3])
def test_nan_pixels_are_refused(tmp_path, value, channels):
  import cv2

  pixels = np.full((40, 48, channels), 0.5, np.float32)
  path = str(tmp_path / 'a.tif')
  cv2.imwrite(path, pixels)
  assert (np.abs(pictures.read(path).astype(int) - 128) < 2).all()
  pixels[3, 4] = value
  cv2.imwrite(path, pixels)
  with pytest.raises(UserError, match=r'a\.tif: has NaN or infinite pixels'):
    pictures.read(path)


def test_small_pictures_are_refused(tmp_path):
  pictures.write(tmp_path / 'a.png', _ramp(20, 48))
  with pytest.raises(UserError, match=r'a\.png: 48x20 px is too small.* 32 px'):
    pictures.read(tmp_path / 'a.png')
  assert pictures.read(tmp_path / 'a.png', min_side=20).shape == (20, 48, 3)


def test_unreadable_pictures_are_named(tmp_path):
  (tmp_path / 'zero.png').write_bytes(b'')
  (tmp_path / 'noise.jpg').write_bytes(np.random.default_rng(0).bytes(999))
  (tmp_path / 'noise.tif').write_bytes(np.random.default_rng(0).bytes(999))
  for suffix in ('.png', '.jpg', '.tif', '.webp', '.bmp'):
    content = pictures.encode(
      np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8),
      {'.jpg': 'JPEG', '.tif': 'TIFF'}.get(suffix, suffix[1:].upper()),
    )
    (tmp_path / f'cut{suffix}').write_bytes(content[: len(content) // 2])
  for path in [*tmp_path.iterdir(), tmp_path / 'none.png', tmp_path]:
    with pytest.raises(UserError) as error:
      pictures.read(path)
    assert str(error.value).startswith(f'{path}: ')
    assert '\n' not in str(error.value)


def test_bad_targets_are_refused(tmp_path):
  with pytest.raises(UserError, match='a picture is written as'):
    pictures.write(tmp_path / 'a.xyz', _ramp())
  with pytest.raises(UserError, match='cannot be written'):
    pictures.write(tmp_path / 'no' / 'a.png', _ramp())
