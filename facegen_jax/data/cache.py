"""Where this user's models and prepared datasets are kept."""

import os
import pathlib


def cache_dir() -> pathlib.Path:
  """`$XDG_CACHE_HOME/facegen_jax`, by default `~/.cache/facegen_jax`."""
  base = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
  return pathlib.Path(base) / 'facegen_jax'
