"""The recurrent unit against its equations, gate by gate."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.gru import GRU

BATCH, TIME, IN, OUT = 2, 5, 3, 4


@pytest.fixture(scope='module')
def run():
  net = GRU(IN, OUT, rngs=nnx.Rngs(0))
  keys = jax.random.split(jax.random.key(1))
  x = jax.random.normal(keys[0], (BATCH, TIME, IN))
  start = jax.random.normal(keys[1], (BATCH, OUT))
  return net, x, start, net(x, start)


def sigmoid(x):
  return 1 / (1 + np.exp(-x))


def test_states_are_those_of_the_equations(run):
  net, x, h, states = (np.asarray(v) if i else v for i, v in enumerate(run))
  w, u = np.asarray(net.input_kernel), np.asarray(net.hidden_kernel)
  b, c = np.asarray(net.input_bias), np.asarray(net.hidden_bias)
  reset, update, new = (slice(i * OUT, (i + 1) * OUT) for i in range(3))
  for t in range(TIME):
    given, kept = x[:, t] @ w + b, h @ u + c
    r = sigmoid(given[:, reset] + kept[:, reset])
    z = sigmoid(given[:, update] + kept[:, update])
    n = np.tanh(given[:, new] + r * kept[:, new])
    h = (1 - z) * n + z * h
    np.testing.assert_allclose(states[:, t], h, atol=1e-5)


def test_a_state_knows_no_later_input(run):
  net, x, start, states = run
  other = net(x.at[:, 3:].add(1.0), start)
  np.testing.assert_array_equal(other[:, :3], states[:, :3])
  assert np.abs(other[:, 3:] - states[:, 3:]).max() > 1e-3


def test_parameters_start_as_torchs(run):
  net = run[0]
  for leaf in jax.tree.leaves(nnx.state(net)):
    assert leaf.dtype == jnp.float32
    assert 0.5 / OUT**0.5 < np.abs(leaf).max() <= 1 / OUT**0.5


def test_it_computes_in_float32(run):
  net, x, start, _ = run
  states = net(x.astype(jnp.bfloat16), start.astype(jnp.bfloat16))
  assert states.dtype == jnp.float32
