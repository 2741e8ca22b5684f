"""ImaGINator's networks against stored outputs, and its names."""

import jax
import numpy as np
import pytest

from facegen_jax.systems.imaginator.networks import ImageDiscriminator
from facegen_jax.weights import imaginator, parity
from facegen_jax.weights.parity_vgan import opened

OUTPUTS = {'imaginator_g': 8, 'imaginator_dv': 12, 'imaginator_di': 12}


@pytest.mark.parametrize('name', OUTPUTS)
def test_stored_outputs_of_the_reference(shared, name):
  row = parity.check(shared / 'goldens/fevgan_aipgan' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared == OUTPUTS[name]


def test_the_vectors_of_spectral_norm_go_there_and_back():
  """`v` is flat over (in, taps) there, and (taps, in) here."""
  draw = np.random.default_rng(0)
  state = {}
  for name, (a, b) in {'net.0': (3, 2), 'net.2': (2, 1)}.items():
    state |= {
      f'{name}.bias': draw.normal(size=b),
      f'{name}.weight_orig': draw.normal(size=(b, a, 4, 4)),
      f'{name}.weight_u': draw.normal(size=b),
      f'{name}.weight_v': draw.normal(size=a * 16),
    }
  state = {k: np.float32(v) for k, v in state.items()}
  table = imaginator.discriminator(state, 1, video=False)
  _, variables = opened(
    lambda rngs: ImageDiscriminator((2,), rngs=rngs), table, state
  )
  assert len(jax.tree.leaves(variables)) == len(state)
  for name, path in imaginator.places(1, video=False).items():
    params, stats = variables
    for step in path:
      params, stats = params[step], stats[step]
    w = state[f'{name}.weight_orig'].reshape(len(state[f'{name}.bias']), -1)
    theirs = state[f'{name}.weight_u'] @ w @ state[f'{name}.weight_v']
    kernel = params['kernel'].reshape(-1, w.shape[0])
    ours = stats['v'].reshape(-1) @ kernel @ stats['u']
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    back = imaginator.stored_v(stats['v'])
    np.testing.assert_array_equal(back, state[f'{name}.weight_v'])
