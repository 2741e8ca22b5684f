"""A shallow multilayer perceptron."""

from typing import Any

from flax import nnx
import jax


class MLP(nnx.Module):
  """`hidden` (in -> hidden), ReLU, `head` (hidden -> out), no last activation.

  ... in -> ... out.
  """

  def __init__(
    self,
    in_features: int,
    hidden_features: int,
    out_features: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.hidden = nnx.Linear(
      in_features, hidden_features, dtype=dtype, rngs=rngs
    )
    self.head = nnx.Linear(
      hidden_features, out_features, dtype=dtype, rngs=rngs
    )

  def __call__(self, x: jax.Array) -> jax.Array:
    """Applies both layers."""
    return self.head(nnx.relu(self.hidden(x)))
