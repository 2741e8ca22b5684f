"""MRAA's disentanglement of who moves and how (animation via disentanglement).

Siarohin et al., "Motion representations for articulated animation", CVPR
2021, section 3.5.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.losses.content import l1
from facegen_jax.nn.batch_norm import BatchNorm
from facegen_jax.nn.matrix2 import inverse, product
from facegen_jax.systems.facial_prior.regions import Regions

_HIDDEN = (256, 512, 1024)
_NUMBERS = 6  # of a region: its shift and its affine


class DeepMLP(nnx.Module):
  """Linear, batch norm and ReLU a hidden width; a last linear layer."""

  def __init__(
    self,
    in_features: int,
    hidden: tuple[int, ...],
    out_features: int,
    *,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    self.layers, self.norms = nnx.List(), nnx.List()
    for a, b in zip((in_features, *hidden), hidden, strict=False):
      self.layers.append(nnx.Linear(a, b, dtype=dtype, rngs=rngs))
      self.norms.append(BatchNorm(b, momentum=0.9, dtype=dtype, rngs=rngs))
    self.out = nnx.Linear(hidden[-1], out_features, dtype=dtype, rngs=rngs)

  def __call__(self, x: jax.Array) -> jax.Array:
    """B in -> b out."""
    for layer, norm in zip(self.layers, self.norms, strict=True):
      x = nnx.relu(norm(layer(x)))
    return self.out(x)


class AVD(nnx.Module):
  """Regions of a person, posed as another's.

  Args:
    regions: their number k.
    identity: size of the person's code.
    pose: size of the pose's code.
    hidden: widths of the encoders; of the decoder in reverse.
    revert_axis_swap: the person's axes are first turned the pose's way.
  """

  def __init__(
    self,
    regions: int = 10,
    *,
    identity: int = 64,
    pose: int = 64,
    hidden: tuple[int, ...] = _HIDDEN,
    revert_axis_swap: bool = True,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    shared = {'dtype': dtype, 'rngs': rngs}
    numbers = regions * _NUMBERS
    self.identity = DeepMLP(numbers, hidden, identity, **shared)
    self.pose = DeepMLP(numbers, hidden, pose, **shared)
    self.decoder = DeepMLP(identity + pose, hidden[::-1], numbers, **shared)
    self.revert_axis_swap = revert_axis_swap

  def codes(
    self, identity: Regions, pose: Regions
  ) -> tuple[jax.Array, jax.Array]:
    """The codes of the person (b i) and of the pose (b p)."""
    if self.revert_axis_swap:
      between = product(identity.affine, inverse(pose.affine))
      turned = identity.affine * jnp.sign(between[..., :1, :1])
      identity = identity._replace(affine=turned)
    return self.identity(_flat(identity)), self.pose(_flat(pose))

  def __call__(self, identity: Regions, pose: Regions) -> Regions:
    """The regions of `identity`'s person as `pose` holds them, float32."""
    person, posed = self.codes(identity, pose)
    numbers = self.decoder(jnp.concatenate([posed, person], -1))
    numbers = numbers.astype(jnp.float32).reshape(len(numbers), -1, _NUMBERS)
    affine = numbers[..., 2:].reshape(*numbers.shape[:2], 2, 2)
    covar = product(affine, affine.swapaxes(-1, -2))
    return Regions(numbers[..., :2], covar, affine)


def _flat(regions: Regions) -> jax.Array:
  """All numbers of a set of regions, region by region: b 6k."""
  b, k, _ = regions.shift.shape
  affine = regions.affine.reshape(b, k, 4)
  return jnp.concatenate([regions.shift, affine], -1).reshape(b, -1)


def scaled(regions: Regions, scale: jax.Array) -> Regions:
  """Regions of a picture whose x and y are stretched by `scale` (b 2).

  Only the shift and the affine are kept.
  """
  scale = scale[:, None]
  return Regions(
    regions.shift * scale, affine=regions.affine * scale[..., None]
  )


def randomly_scaled(
  key: jax.Array, regions: Regions, *, spread: float = 0.25
) -> Regions:
  """`scaled` by draws uniform in 1 - spread .. 1 + spread, one an axis."""
  shape = (len(regions.shift), 2)
  drawn = jax.random.uniform(key, shape, minval=1 - spread, maxval=1 + spread)
  return scaled(regions, drawn)


def loss(found: Regions, wanted: Regions) -> jax.Array:
  """Mean |difference| of the shifts and of the affines, summed.

  AVD is trained to undo `randomly_scaled`: `found` is of the source's regions
  and a driving frame's, scaled; `wanted` is the latter as they were.
  """
  return l1(found.shift, wanted.shift) + l1(found.affine, wanted.affine)
