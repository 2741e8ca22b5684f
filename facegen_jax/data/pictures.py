"""One picture in or out, whatever its format."""

import io
import os
import pathlib
import warnings

import numpy as np
from PIL import Image, ImageOps

from facegen_jax.core.errors import UserError

SUFFIXES = frozenset(
  ('.png', '.jpg', '.jpeg', '.bmp', '.webp', '.tif', '.tiff')
)
MIN_SIDE = 32  # pixels; no face detector finds anything in less

_DEPTHS = {'I;16': 65535, 'I;16B': 65535, 'I;16L': 65535, 'I': 65535}


def read(path: str | os.PathLike, *, min_side: int = MIN_SIDE) -> np.ndarray:
  """A picture, h w 3 uint8 RGB, upright.

  EXIF's orientation is applied, gray is repeated, what is transparent becomes
  white, 16 bits are scaled to 8. Numbers with a fraction count as [0, 1] if
  none is above 1, else as [0, 255].

  Raises:
    UserError: missing, unreadable, cut short, too small, or NaN pixels.
  """
  path = pathlib.Path(path)
  if not path.is_file():
    raise UserError(f'{path}: no such picture; check the path')
  pixels = _pixels(path)
  height, width = pixels.shape[:2]
  if min(height, width) < min_side:
    raise UserError(
      f'{path}: {width}x{height} px is too small, at least {min_side} px are '
      'needed; take a larger picture'
    )
  return pixels


def write(path: str | os.PathLike, picture: np.ndarray) -> None:
  """Saves h w 3 uint8 RGB in the format of the suffix (lossless: .png).

  Raises:
    UserError: unknown suffix, missing folder, or full disk.
  """
  path = pathlib.Path(path)
  if path.suffix.lower() not in SUFFIXES:
    raise UserError(
      f'{path}: a picture is written as {", ".join(sorted(SUFFIXES))}; change '
      'the suffix'
    )
  kind = Image.registered_extensions()[path.suffix.lower()]
  try:
    path.write_bytes(encode(picture, kind))
  except OSError as error:
    raise UserError(
      f'{path}: cannot be written ({error.strerror}); pick another place'
    ) from error


def decode(data: bytes) -> np.ndarray | None:
  """H w 3 uint8 RGB of a dataset's stored frame, None = it is damaged."""
  import cv2

  return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def encode(picture: np.ndarray, kind: str = 'PNG') -> bytes:
  """File bytes of h w 3 uint8 RGB or h w gray; JPEG, WebP at quality 95.

  PNG is packed lightly: four times as fast, a tenth larger.
  """
  stream = io.BytesIO()
  plain = {'PNG': {'compress_level': 1}, 'BMP': {}, 'TIFF': {}}
  options = plain.get(kind, {'quality': 95})
  Image.fromarray(picture).save(stream, format=kind, **options)
  return stream.getvalue()


def _pixels(path: pathlib.Path) -> np.ndarray:
  try:
    with warnings.catch_warnings():
      # A huge picture and odd metadata only warn; the pixels decide.
      warnings.simplefilter('ignore')
      with Image.open(path) as image:
        image.load()
        return _to_rgb(path, ImageOps.exif_transpose(image))
  except UserError:
    raise
  except Exception as error:  # Pillow's plugins raise a dozen kinds
    if path.suffix.lower() in ('.tif', '.tiff'):
      return _scientific_tiff(path)
    reason = str(error) or type(error).__name__
    raise UserError(
      f'{path}: not a readable picture ({reason.splitlines()[0]}); save it '
      'again as PNG or JPEG'
    ) from error


def _to_rgb(path: pathlib.Path, image: Image.Image) -> np.ndarray:
  if image.mode == 'F':
    return _from_floats(path, np.asarray(image))
  if image.mode in _DEPTHS:
    depth = _DEPTHS[image.mode]
    values = np.asarray(image).astype(np.float64) * (255 / depth)
    return _gray_to_rgb(np.clip(np.rint(values), 0, 255).astype(np.uint8))
  if image.mode in ('RGBA', 'LA', 'PA') or 'transparency' in image.info:
    image = image.convert('RGBA')
    white = Image.new('RGBA', image.size, 'white')
    image = Image.alpha_composite(white, image)
  return np.array(image.convert('RGB'))


def _scientific_tiff(path: pathlib.Path) -> np.ndarray:
  """TIFFs that Pillow cannot: several channels of floats or 16 bits."""
  import cv2

  try:
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
  except cv2.error:
    pixels = None
  if pixels is None:
    raise UserError(
      f'{path}: not a readable TIFF; save it again as PNG or JPEG'
    )
  if pixels.ndim == 3:
    pixels = pixels[..., 2::-1]  # BGR(A) to RGB
  if pixels.dtype == np.uint16:
    pixels = np.rint(pixels / 257).astype(np.uint8)
  if pixels.dtype != np.uint8:
    return _from_floats(path, pixels)
  return _gray_to_rgb(pixels)


def _from_floats(path: pathlib.Path, values: np.ndarray) -> np.ndarray:
  if not np.isfinite(values).all():
    raise UserError(
      f'{path}: has NaN or infinite pixels; repair or leave out the picture'
    )
  scale = 255 if values.max(initial=0) <= 1 else 1
  values = np.clip(np.rint(values.astype(np.float64) * scale), 0, 255)
  return _gray_to_rgb(values.astype(np.uint8))


def _gray_to_rgb(pixels: np.ndarray) -> np.ndarray:
  if pixels.ndim == 2:
    pixels = pixels[..., None]
  if pixels.shape[2] != 3:
    pixels = np.repeat(pixels[..., :1], 3, axis=2)
  return np.ascontiguousarray(pixels)
