"""The shallow perceptron."""

from flax import nnx
import jax
import numpy as np

from facegen_jax.nn.mlp import MLP


def test_mlp_by_hand():
  net = MLP(3, 5, 2, rngs=nnx.Rngs(0))
  x = jax.random.normal(jax.random.key(0), (4, 3))
  hidden = np.maximum(x @ net.hidden.kernel[...] + net.hidden.bias[...], 0)
  wanted = hidden @ net.head.kernel[...] + net.head.bias[...]
  np.testing.assert_allclose(net(x), wanted, atol=1e-6)
