"""What turns pictures into features, under its full name.

Figures of different extractors do not compare: every table carries the name.
Nothing is downloaded; a user may give any function that keeps to `embed`.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from facegen_jax.core.errors import UserError


class Extractor(NamedTuple):
  """A feature extractor.

  Attributes:
    name: with the layer and whose weights.
    licence: of code and weights, for the reader of a table.
    normalised: rows have Euclidean norm 1.
    embed: n h w 3 uint8 RGB -> n d float32; a row of NaN where there is no
      face.
  """

  name: str
  licence: str
  normalised: bool
  embed: Callable[[np.ndarray], np.ndarray]


class Features(NamedTuple):
  """Rows n d float32, and how many of them are NaN for want of a face."""

  rows: np.ndarray
  missing: int


class Detector(Protocol):
  """What finds faces: `data.faces.Landmarker`, or any other."""

  def detect(self, picture: np.ndarray) -> list:
    """The faces of a picture, h w 3 uint8 RGB; none is an empty list."""


def features(extractor: Extractor, pictures: np.ndarray) -> Features:
  """Features of n h w 3 uint8 RGB pictures, n of at least 1.

  A row with some NaN becomes NaN altogether.

  Raises:
    ValueError: pictures of another kind; [-1, 1] is not rescaled silently.
    UserError: the extractor does not keep its promise.
  """
  pictures = np.asarray(pictures)
  if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
    raise ValueError(
      f'wants n h w 3 uint8, got {pictures.dtype} {pictures.shape}'
    )
  if not len(pictures):
    raise ValueError('no pictures')
  rows = np.asarray(extractor.embed(pictures), np.float32)
  if rows.ndim != 2 or len(rows) != len(pictures) or not rows.shape[1]:
    raise UserError(
      f'{extractor.name}: embed gave {rows.shape} for {len(pictures)} '
      'pictures; return one row of features a picture'
    )
  if np.isinf(rows).any():
    raise UserError(
      f'{extractor.name}: infinite features; return NaN rows where there is '
      'no face'
    )
  missing = np.isnan(rows).any(1)
  if extractor.normalised:
    _check_norms(extractor.name, rows[~missing])
  return Features(np.where(missing[:, None], np.nan, rows), int(missing.sum()))


def only_faces(extractor: Extractor, detector: Detector) -> Extractor:
  """The same, with NaN rows where `detector` finds no face.

  For networks, which embed a picture of anything.
  """

  def embed(pictures: np.ndarray) -> np.ndarray:
    found = np.array([bool(detector.detect(p)) for p in pictures])
    rows = np.asarray(extractor.embed(pictures), np.float32)
    return np.where(found[:, None], rows, np.float32(np.nan))

  return extractor._replace(embed=embed)


def precomputed(
  name: str, licence: str, rows: np.ndarray, *, normalised: bool = False
) -> Extractor:
  """Features n d that another program made of the very clip to be embedded.

  `embed` raises UserError for any other number of pictures.
  """
  rows = np.asarray(rows, np.float32)
  if rows.ndim != 2:
    raise ValueError(f'features are n d, not {rows.shape}')

  def embed(pictures: np.ndarray) -> np.ndarray:
    if len(pictures) != len(rows):
      raise UserError(
        f'{name}: features of {len(rows)} frames for {len(pictures)} pictures; '
        'make them anew of this very clip'
      )
    return rows

  return Extractor(name, licence, normalised, embed)


def _check_norms(name: str, rows: np.ndarray) -> None:
  norms = np.linalg.norm(rows.astype(np.float64), axis=1)
  # Nothing survives a ReLU in a row of zeros, which has no direction.
  wrong = norms[(norms > 0) & (np.abs(norms - 1) > 1e-3)]
  if wrong.size:
    raise UserError(
      f'{name}: called normalised, but rows have norms {wrong.min():.3g} to '
      f'{wrong.max():.3g}; divide by them, or say normalised=False'
    )
