"""Finds a system by its folder's name."""

import importlib
import pathlib
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.data.clips import Clips
from facegen_jax.systems.base import System


def load(config: Any, clips: Clips | None = None) -> System:
  """Makes `facegen_jax.systems.<config.system>.system.System`."""
  here = pathlib.Path(__file__).parent
  names = sorted(p.parent.name for p in here.glob('*/system.py'))
  if config.system not in names:
    raise UserError(f'config.system={config.system!r}: there is {names}')
  module = importlib.import_module(
    f'facegen_jax.systems.{config.system}.system'
  )
  return module.System(config, clips)
