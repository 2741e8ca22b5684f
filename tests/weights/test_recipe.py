"""Arrays by rule: NumPy's legacy stream, and a digest that guards it."""

import hashlib
import zlib

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.recipe import from_recipe


def _config(**changes):
  params = {
    'b.weight': np.random.RandomState((zlib.crc32(b'b.weight') + 5) % 2**32),
    'a.var': np.random.RandomState((zlib.crc32(b'a.var') + 5) % 2**32),
  }
  params['b.weight'] = params['b.weight'].randn(2, 3) * 0.5 + 1
  params['a.var'] = params['a.var'].uniform(0.5, 1.5, 4)
  params = {k: np.float32(v) for k, v in params.items()}
  text = b''.join(k.encode() + params[k].tobytes() for k in sorted(params))
  config = {
    'recipe_seed': 5,
    'recipe': {
      'b.weight': [[2, 3], 'normal', 1.0, 0.5],
      'a.var': [[4], 'uniform', 0.5, 1.5],
    },
    'param_sha256': hashlib.sha256(text).hexdigest(),
    'inputs': {'8x8': ['in/x0', [1, 3, 8, 8], 'normal', 0, 1]},
  }
  return params, config | changes


def test_the_rule():
  wanted, config = _config()
  params, inputs = from_recipe(config)
  assert list(params) == list(wanted)
  for name, value in wanted.items():
    np.testing.assert_array_equal(params[name], value)
  seed = (zlib.crc32(b'in/x0') + 5) % 2**32
  x = np.random.RandomState(seed).randn(1, 3, 8, 8).astype(np.float32)
  np.testing.assert_array_equal(inputs['8x8'], x)


def test_a_changed_config_is_told():
  with pytest.raises(UserError, match='digest'):
    from_recipe(_config(recipe_seed=6)[1])
  with pytest.raises(UserError, match="'cauchy'"):
    from_recipe(_config(recipe={'a': [[1], 'cauchy', 0, 1]})[1])
  _, config = _config()
  del config['inputs']
  with pytest.raises(KeyError, match='inputs'):
    from_recipe(config)
