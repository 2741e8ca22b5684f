"""A gated recurrent unit over time, by PyTorch's equations."""

from flax import nnx
import jax
import jax.numpy as jnp


class GRU(nnx.Module):
  """One layer: b t in, started at b features, to b t features.

  As torch's `GRUCell`, whose candidate gates the hidden product after its
  bias, n = tanh(W x + b + r (U h + c)). The columns of the kernels (in,
  3 features) and (features, 3 features) and of both biases are reset, update,
  new. Parameters start uniform within 1 / sqrt(features), torch's default.
  Everything is float32: a recurrence adds its rounding up.
  """

  def __init__(
    self, in_features: int, features: int, *, rngs: nnx.Rngs
  ) -> None:
    bound = features**-0.5

    def draw(*shape: int) -> nnx.Param:
      key = rngs.params()
      return nnx.Param(
        jax.random.uniform(key, shape, jnp.float32, -bound, bound)
      )

    self.input_kernel = draw(in_features, 3 * features)
    self.hidden_kernel = draw(features, 3 * features)
    self.input_bias = draw(3 * features)
    self.hidden_bias = draw(3 * features)

  def __call__(self, x: jax.Array, start: jax.Array) -> jax.Array:
    """States after each of the inputs, `start` not among them."""
    given = x.astype(jnp.float32) @ self.input_kernel[...]
    given = given + self.input_bias[...]  # of every time at once
    kernel, bias = self.hidden_kernel[...], self.hidden_bias[...]

    def step(h: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
      h = _next(h, x, h @ kernel + bias)
      return h, h

    _, states = jax.lax.scan(
      step, start.astype(jnp.float32), given.swapaxes(0, 1)
    )
    return states.swapaxes(0, 1)


def _next(h: jax.Array, x: jax.Array, u: jax.Array) -> jax.Array:
  """The state after `h`, from the products of the input and of the state."""
  (xr, xz, xn), (ur, uz, un) = jnp.split(x, 3, -1), jnp.split(u, 3, -1)
  reset, update = jax.nn.sigmoid(xr + ur), jax.nn.sigmoid(xz + uz)
  new = jnp.tanh(xn + reset * un)
  return (1 - update) * new + update * h
