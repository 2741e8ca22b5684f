"""Running a TFDS builder."""

import contextlib
import io
import os

import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError


def write(
  builder: tfds.core.DatasetBuilder, data_dir: str | os.PathLike
) -> None:
  """Writes a dataset without TFDS's chatter.

  Raises:
    UserError: a full or read-only disk.
  """
  tfds.disable_progress_bar()  # ours counts what a person knows, not records
  try:
    with contextlib.redirect_stdout(io.StringIO()):
      builder.download_and_prepare()
  except OSError as error:
    if builder.data_path.exists():
      return  # another process was quicker with the same dataset
    raise full(data_dir, error) from error


def full(data_dir: str | os.PathLike, error: OSError) -> UserError:
  """What is said where nothing can be written."""
  return UserError(
    f'{data_dir}: the dataset cannot be written ({error}); free some space or '
    'pick another --data_dir'
  )
