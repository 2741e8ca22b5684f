"""MRAA's motion of the background between two pictures.

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.3.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.nn.hourglass import Encoder

# Per kind, the entries of the 3x3 matrix that are predicted, row by row.
_ENTRIES = {
  'zero': (),
  'shift': (2, 5),
  'affine': (0, 1, 2, 3, 4, 5),
  'perspective': (0, 1, 2, 3, 4, 5, 6, 7),
}
KINDS = tuple(_ENTRIES)


class Background(nnx.Module):
  """Two pictures to the homography from the driving to the source's plane.

  Args:
    kind: one of `KINDS`; 'zero' is the identity and has no weights.
    features: width of the encoder; likewise `blocks` and `max_features`.

  Raises:
    ValueError: an unknown kind.
  """

  def __init__(
    self,
    kind: str = 'affine',
    *,
    features: int = 32,
    blocks: int = 5,
    max_features: int = 1024,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if kind not in KINDS:
      raise ValueError(f'kind is one of {KINDS}, not {kind!r}')
    self.kind = kind
    predicted = len(_ENTRIES[kind]) > 0
    sizes = (features, blocks, max_features)
    shared = {'dtype': dtype, 'rngs': rngs}
    self.encoder = Encoder(6, *sizes, **shared) if predicted else None
    self.head = self._head(shared) if predicted else None

  def _head(self, shared: dict[str, Any]) -> nnx.Linear:
    """The last layer; at first the background rests."""
    entries = np.array(_ENTRIES[self.kind])
    still = nnx.initializers.zeros
    width = self.encoder.features
    head = nnx.Linear(width, len(entries), kernel_init=still, **shared)
    head.bias[...] = jnp.eye(3).ravel()[entries]
    return head

  def __call__(self, source: jax.Array, driving: jax.Array) -> jax.Array:
    """B h w 3 in [0, 1], twice, to b 3 3 on (x, y, 1), float32."""
    still = jnp.broadcast_to(jnp.eye(3).ravel(), (len(source), 9))
    if self.head is not None:
      x = self.encoder(jnp.concatenate([source, driving], -1))[-1]
      moved = self.head(x.mean((1, 2))).astype(jnp.float32)
      still = still.at[:, np.array(_ENTRIES[self.kind])].set(moved)
    return still.reshape(-1, 3, 3)


def warp_places(homography: jax.Array, places: jax.Array) -> jax.Array:
  """Moves places h w 2 by b 3 3, over the third coordinate: b h w 2."""
  matrix = homography[:, None, None]
  moved = (matrix[..., :2] * places[..., None, :]).sum(-1) + matrix[..., 2]
  return moved[..., :2] / moved[..., 2:]
