"""The crops that the papers want, by name."""

from typing import Literal, NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data import align

VERSION = 1  # count up when the same landmarks give other pictures


class Kind(NamedTuple):
  """One form of a clip.

  Attributes:
    name: what a user asks for.
    size: side of the pictures in pixels, unless the user names another.
    place: how the crop is found on the clip's onset frame: 'eyes' brings the
      eyes to fixed places, 'box' is the upright box of a face detector,
      'quad' is FFHQ's turned square, 'centre' the largest square in the
      picture's middle, without a face.
    frames: the clip is resampled in time to so many; 0 = as it is.
    gray: one gray channel, three times.
    black: what lies outside of the face, with forehead, is black.
    zoom: of 'eyes', see `align.crop_from_landmarks`.
  """

  name: str
  size: int
  place: Literal['eyes', 'box', 'quad', 'centre']
  frames: int = 0
  gray: bool = False
  black: bool = False
  zoom: float = 1.0


KINDS = {
  kind.name: kind
  for kind in (
    # AIP-GAN, data: aligned and cropped by 68 landmarks, 96 px.
    Kind('aligned', 96, 'eyes'),
    # FEV-GAN, data: face cut out and background taken away by OpenFace 2,
    # 32 frames by interpolation, 64 px.
    Kind('black', 64, 'eyes', frames=32, black=True, zoom=1.15),
    # Facial prior, the preparation in its EWP code: dlib's box of the first
    # frame for the whole clip, gray in three channels, 256 px.
    Kind('micro', 256, 'box', gray=True),
    # AU transfer's generator: as FFHQ's faces were cut, 1024 px.
    Kind('ffhq', 1024, 'quad'),
    # SSLG, input: no landmarks, no alignment, no face crop; it names no size.
    Kind('whole', 256, 'centre'),
  )
}


def kind(name: str) -> Kind:
  """The kind of that name.

  Raises:
    UserError: no such kind.
  """
  if name not in KINDS:
    raise UserError(f'crop "{name}": no such kind; take {", ".join(KINDS)}')
  return KINDS[name]


def version() -> str:
  """Names how pictures come about: equal versions, equal pictures."""
  return f'crops{VERSION}-align{align.VERSION}'
