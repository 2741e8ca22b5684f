"""The experiment that a command is given."""

import os
from typing import Any

from absl import flags
import ml_collections

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded


def opened(flag: Any) -> ml_collections.ConfigDict | None:
  """The value of a config flag, None where it is not given."""
  try:
    if flag.value is not None:
      _ = flag.value.system  # a missing file is reported at the first use
  except OSError as e:
    raise UserError(
      f'{flags.FLAGS[flag.name].config_filename} does not exist: give a config '
      'as configs/aipgan.py, from the root of the project'
    ) from e
  return flag.value


def keep_compiled(config: ml_collections.ConfigDict) -> None:
  """Compiled programs stay in `config.compilation_cache` for later runs."""
  keep_compiled_in(config.compilation_cache)


def keep_compiled_in(folder: str) -> None:
  """The same, of a command that has no config."""
  import jax  # --help must not wait for it

  if 'JAX_COMPILATION_CACHE_DIR' not in os.environ:
    jax.config.update('jax_compilation_cache_dir', str(expanded(folder)))
