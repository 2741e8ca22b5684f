"""VGAN's networks against stored outputs, and its names."""

import jax
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.systems.vgan.networks import Discriminator
from facegen_jax.weights import parity, vgan
from facegen_jax.weights.parity_vgan import opened


@pytest.mark.parametrize('name', ['vgan_cond_g', 'vgan_d'])
def test_stored_outputs_of_the_reference(shared, name):
  row = parity.check(shared / 'goldens/fevgan_aipgan' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared == {'vgan_cond_g': 6, 'vgan_d': 2}[name]


def _make(rngs):
  return Discriminator((2, 3), rngs=rngs)


def _state():
  shapes = {
    'model.0.weight': (2, 3, 4, 4, 4),
    'model.0.bias': (2,),
    'model.2.weight': (3, 2, 4, 4, 4),
    'model.2.bias': (3,),
    'model.3.weight': (3,),
    'model.3.bias': (3,),
    'model.3.running_mean': (3,),
    'model.3.running_var': (3,),
    'model.5.weight': (2, 3, 2, 4, 4),
    'model.5.bias': (2,),
  }
  draw = np.random.default_rng(0)
  return {k: np.float32(draw.normal(size=s)) for k, s in shapes.items()}


def test_every_array_has_its_place():
  state = _state()
  _, variables = opened(_make, vgan.discriminator(2), state)
  assert len(jax.tree.leaves(variables)) == len(state)
  kernel = variables.params['convs'][1]['kernel']
  assert kernel[3, 2, 1, 0, 2] == state['model.2.weight'][2, 0, 3, 2, 1]
  found = variables.stats['norms'][0]['mean']
  np.testing.assert_array_equal(found, state['model.3.running_mean'])


def test_what_is_amiss_is_named():
  state = _state()
  del state['model.3.running_var']
  state['model.9.bias'] = np.zeros(2)
  words = 'missing: model.3.running_var; extra: model.9.bias'
  with pytest.raises(UserError, match=words):
    opened(_make, vgan.discriminator(2), state)
