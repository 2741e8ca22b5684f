"""Reads .npz archives of plain arrays."""

import pathlib
import zipfile
import zlib

import numpy as np

from facegen_jax.core.errors import UserError


def read_npz(path: pathlib.Path) -> dict[str, np.ndarray]:
  """All arrays of `path`; UserError in one line if it is damaged."""
  try:
    # Opened here, since numpy leaves a damaged file open.
    with path.open('rb') as file:
      if not zipfile.is_zipfile(file):
        raise UserError(f'{path} is damaged or no .npz archive')
      file.seek(0)
      with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
  except (
    OSError,
    ValueError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
  ) as error:
    raise UserError(f'{path} cannot be read: {error}') from error
