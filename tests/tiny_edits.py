"""A run of `tiny_codes` with boundaries of its generator in a folder."""

import jax.numpy as jnp
import numpy as np
import tiny_codes
from tiny_units import units_of

from facegen_jax import runs
from facegen_jax.core.state import Net, State
from facegen_jax.systems.au_transfer import unit_file

UNITS = {
  'space': 'w',
  'normal': 'svm',
  'c': 1.0,
  'most': 4,
  'least': 0.8,
  'fewest': 2,
  'people': 0,
  'iterations': 40,
  'walk': {'steps': 120, 'batch': 8, 'rate': 0.1, 'feature': 0.0},
  'layers': 0,
  'mode': 'add',
  'hold': False,
}


class System(tiny_codes.System):
  TAKES = ('codes',)

  def generate(self, nets, frozen, given, key):
    return self.render(nets, frozen, given['codes'])


def opened(value=1.0, **encode):
  """System, state and config, as of `runs.open_generator`."""
  config = tiny_codes.config(**encode)
  config.units = UNITS
  net = Net({'kernel': jnp.full((2,), value)}, {}, None)
  return System(), State(jnp.int32(7), {'generator': net}), config


def run(monkeypatch, folder, **more):
  """Puts such a run and its boundaries into a folder, which is made."""
  system, state, config = opened()
  monkeypatch.setattr(
    runs, 'open_generator', lambda workdir: (system, state, config)
  )
  folder.mkdir()
  about = unit_file.about(config, system.layers, state)
  sizes = {
    'rows': system.layers,
    'layers': system.layers,
    'width': tiny_codes.W,
  }
  units = units_of(**sizes)._replace(**about | more)
  unit_file.write(folder / unit_file.NAME, units)
  return system, state, config


def portrait(side=64):
  """A picture with some detail, side side 3 uint8."""
  rows = np.linspace(40, 200, side)
  return np.uint8(rows[:, None, None] * [1, 0.8, 0.6] + rows[None, :, None] / 9)
