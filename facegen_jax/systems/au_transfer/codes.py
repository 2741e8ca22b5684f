"""Codes of pictures as a file: what they are of, and which generator's."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights.npz import read_npz

_ARRAYS = {'codes': 3, 'names': 1, 'loss': 1, 'reached': 1, 'trace': 2}


class Codes(NamedTuple):
  """Codes that were looked for, and how.

  Attributes:
    codes: n L w float32.
    names: n, of the pictures.
    loss: n, equation 1 of the codes.
    reached: n, updates until the loss was under the threshold, -1 = never.
    trace: n iterations+1, the loss after each update.
    size: side of the generator's pictures in pixels.
    step: of the run whose generator draws them.
    start: from which code, 'v', 'mean' or 'random'.
    seed: of 'random'.
  """

  codes: np.ndarray
  names: np.ndarray
  loss: np.ndarray
  reached: np.ndarray
  trace: np.ndarray
  size: int
  step: int
  start: str
  seed: int = 0


def write(path: pathlib.Path, found: Codes) -> None:
  """Saves an .npz of plain arrays, whole or not at all; `layers` for readers.

  Raises:
    UserError: the place cannot be written.
  """
  part = path.with_name(f'.{path.name}.part')
  try:
    with part.open('wb') as file:
      np.savez(file, layers=found.codes.shape[1], **found._asdict())
    os.replace(part, path)
  except OSError as error:
    part.unlink(missing_ok=True)
    raise UserError(
      f'{path}: cannot be written ({error.strerror}); pick another place'
    ) from error


def read(path: pathlib.Path, *, layers: int, w: int, size: int) -> Codes:
  """Reads what `write` wrote, for a generator of these sizes.

  Raises:
    UserError: missing, damaged, of another form, or of another generator.
  """
  arrays = read_npz(path)
  missing = sorted({*Codes._fields} - {*arrays})
  if missing:
    raise UserError(f'{path} holds no {missing[0]}: give a file of codes')
  for name, axes in _ARRAYS.items():
    if arrays[name].ndim != axes or len(arrays[name]) != len(arrays['codes']):
      raise UserError(
        f'{path}: {name} has the shape {arrays[name].shape}; encode again'
      )
  codes = arrays['codes']
  if not np.isfinite(codes).all():
    raise UserError(f'{path} holds codes with NaN; encode again')
  if codes.shape[1:] != (layers, w) or int(arrays['size']) != size:
    raise UserError(
      f'{path} holds codes of {codes.shape[1]} x {codes.shape[2]} for '
      f'{int(arrays["size"])} px, this run wants {layers} x {w} for {size} px: '
      'encode by this run'
    )
  scalars = {'size': int, 'step': int, 'start': str, 'seed': int}
  arrays |= {name: kind(arrays[name]) for name, kind in scalars.items()}
  return Codes(**{name: arrays[name] for name in Codes._fields})
