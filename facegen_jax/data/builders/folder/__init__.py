"""A folder of a user's own clips and pictures as a dataset."""

from facegen_jax.data.builders.folder.prepare import (
  prepare_folder as prepare_folder,
)
