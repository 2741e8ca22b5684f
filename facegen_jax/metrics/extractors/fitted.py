"""Extractors fitted in closed form to the pictures of a training split.

Where a dataset says who and which action units its pictures show, no other
network is needed: Fisher's linear discriminants tell people apart (Belhumeur
1997, "Fisherfaces"), a ridge regression reads action units off the difference
to the person's neutral picture. Both are for faces at one place, as aligned
crops have them, and good for comparisons under one fit.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.extractors.extractor import Extractor

SIDE = 32  # pixels that pictures are brought to
_LICENCE = 'fitted by this run; as free as its training data'
_COMPONENTS = 100  # of the pictures, before the discriminants
_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)  # over the mean variance of a pixel
_LEAST = 20  # pictures


def _small(pictures: np.ndarray) -> np.ndarray:
  """N h w 3 uint8 -> n d float64 in [-1, 1]."""
  size = (SIDE, SIDE)
  rows = [cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in pictures]
  return np.stack(rows).reshape(len(rows), -1) / 127.5 - 1


def fisherfaces(
  pictures: np.ndarray, subjects: Sequence[str], *, told: str
) -> Extractor:
  """Tells people apart; rows of norm 1.

  Args:
    pictures: n h w 3 uint8.
    subjects: who each shows.
    told: of which pictures, for the name.

  Raises:
    UserError: too few pictures, or one person.
  """
  _, who = np.unique(np.asarray(subjects), return_inverse=True)
  people = who.max() + 1
  if people < 3 or len(pictures) < _LEAST:
    raise UserError(
      f'{len(pictures)} pictures of {people} people are too few to tell people '
      'apart by; name a run that can in config.evaluate.judge'
    )
  x = _small(pictures)
  middle = x.mean(0)
  components = min(_COMPONENTS, len(x) - people, x.shape[1])
  _, _, basis = np.linalg.svd(x - middle, full_matrices=False)
  y = (x - middle) @ basis[:components].T
  means = np.stack([y[who == k].mean(0) for k in range(people)])
  scatter = np.cov((y - means[who]).T)
  # Steady where a direction hardly differs within people.
  scatter += 1e-3 * np.trace(scatter) / components * np.eye(components)
  values, vectors = np.linalg.eigh(scatter)
  whiten = vectors / np.sqrt(values)
  _, _, between = np.linalg.svd(means @ whiten, full_matrices=False)
  project = basis[:components].T @ whiten @ between[: people - 1].T

  def embed(shown: np.ndarray) -> np.ndarray:
    rows = (_small(shown) - middle) @ project
    return np.float32(rows / np.linalg.norm(rows, axis=1, keepdims=True))

  name = f'Fisherfaces of {people} people, {told}'
  return Extractor(name, _LICENCE, True, embed)


class ActionUnits:
  """Reads action units off the difference to a neutral picture.

  Args:
    pictures: n h w 3 uint8; `neutrals` likewise, of the person of each.
    intensities: n a in [0, 1].
    subjects: who each shows; a fifth of them chooses the penalty.
    told: of which pictures, for the name.

  Raises:
    UserError: too few pictures.
  """

  licence = _LICENCE

  def __init__(
    self,
    pictures: np.ndarray,
    neutrals: np.ndarray,
    intensities: np.ndarray,
    subjects: Sequence[str],
    *,
    told: str,
  ) -> None:
    names = sorted(set(subjects))
    if len(names) < 5 or len(pictures) < _LEAST:
      raise UserError(
        f'{len(pictures)} pictures of {len(names)} people are too few to fit '
        "action units to: set config.evaluate.action_units='mediapipe'"
      )
    x = _small(pictures) - _small(neutrals)
    y = np.asarray(intensities, np.float64)
    apart = np.isin(np.asarray(subjects), names[::5])
    tried = [_solved(x[~apart], y[~apart], p) for p in _PENALTIES]
    errors = [np.square(x[apart] @ w - y[apart]).mean() for w in tried]
    self._weights = _solved(x, y, _PENALTIES[int(np.argmin(errors))])
    known = 1 - min(errors) / max(y[apart].var(0).mean(), 1e-9)
    self.name = (
      f'ridge regression on {SIDE} px, {told}; R^2 {known:.2f} on a fifth of '
      'the people, before they joined the fit'
    )

  def read(self, pictures: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """Intensities t a in [-1, 1] of t h w 3 uint8, one person's."""
    x = _small(pictures) - _small(neutral[None])
    return np.clip(x @ self._weights, -1, 1)


def _solved(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
  """Weights d a; no intercept, as a neutral face has no action units."""
  if len(x) < x.shape[1]:  # the smaller of two equal systems
    gram = x @ x.T
    scale = penalty * np.trace(gram) / x.shape[1]
    return x.T @ np.linalg.solve(gram + scale * np.eye(len(x)), y)
  moments = x.T @ x
  scale = penalty * np.trace(moments) / x.shape[1]
  return np.linalg.solve(moments + scale * np.eye(x.shape[1]), x.T @ y)
