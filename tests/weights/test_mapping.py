"""Translation by name tables, and what is told when names do not fit."""

import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.weights.mapping import conv2d, layer, linear, translate

_TABLE = {
  **layer('c', ('convs', 0), conv2d),
  **layer('head', ('head',), linear),
}
_LIKE = {
  'convs': {
    0: {
      'kernel': np.zeros((3, 3, 2, 4), np.float32),
      'bias': np.zeros(4, np.float32),
    }
  },
  'head': {
    'kernel': np.zeros((4, 5), np.float32),
    'bias': np.zeros(5, np.float32),
  },
}


def _state():
  draw = np.random.default_rng(0)
  shapes = {
    'c.weight': (4, 2, 3, 3),
    'c.bias': (4,),
    'head.weight': (5, 4),
    'head.bias': (5,),
  }
  return {name: draw.normal(size=shape) for name, shape in shapes.items()}


def test_kernels_are_laid_out_anew():
  state = _state()
  tree = translate(state, _TABLE, _LIKE, place='f.pth')
  kernel = tree['convs'][0]['kernel']
  assert kernel.dtype == np.float32
  np.testing.assert_allclose(kernel[1, 2, 0, 3], state['c.weight'][3, 0, 1, 2])
  np.testing.assert_allclose(tree['head']['kernel'], state['head.weight'].T)


def test_every_misfit_is_named_in_one_line():
  state = _state()
  del state['c.bias']
  state['spare'] = np.zeros(1)
  state['head.weight'] = np.zeros((5, 3))
  with pytest.raises(UserError) as error:
    translate(state, _TABLE, _LIKE, place='f.pth')
  text = str(error.value)
  assert '\n' not in text
  for words in (
    'f.pth',
    'missing: c.bias',
    'extra: spare',
    'reshaped: head.weight (5, 3) (ours is (4, 5))',
  ):
    assert words in text


def test_of_many_misfits_each_has_a_line():
  state = {f'block.{i}': np.zeros(2) for i in range(50)} | {'\x1b[2J': 0}
  with pytest.raises(UserError) as error:
    translate(_state() | state, _TABLE, _LIKE, place='f.pth')
  head, *rows = str(error.value).splitlines()
  assert head == 'f.pth does not hold this network: 51 extra'
  wanted = [f'  extra: block.{i}' for i in range(50)]
  assert rows == [*wanted, r'  extra: \x1b[2J']


def test_another_number_of_axes_is_reshaped_too():
  state = _state() | {'c.weight': np.zeros((4, 2, 3))}
  with pytest.raises(UserError, match=r'reshaped: c.weight \(4, 2, 3\)'):
    translate(state, _TABLE, _LIKE, place='f.pth')


def test_a_table_must_fill_the_whole_network():
  like = {**_LIKE, 'norm': {'scale': np.zeros(2)}}
  with pytest.raises(UserError, match=r'without a source: norm.scale'):
    translate(_state(), _TABLE, like, place='f.pth')
