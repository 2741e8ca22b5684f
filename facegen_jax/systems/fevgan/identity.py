"""F_id, and the identity loss on it (section 3.2.2, equation 5)."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from facegen_jax.core.state import Variables
from facegen_jax.systems.feature_net import FeatureNet

TAPS = {'pool4+relu5_3': ('pool4', 'relu5_3'), 'relu5_3': ('relu5_3',)}
FRAMES = ('quarters', 'random')
TARGETS = ('input', 'video')
COUNT = 4  # frames of a clip that the loss looks at


def maps(
  net: FeatureNet, variables: Variables, x: jax.Array, reading: str
) -> jax.Array:
  """F of pictures b h w 3 in [-1, 1]: b g g c, by a reading of `TAPS`."""
  found = net.taps(variables, x)
  return jnp.concatenate([found[name] for name in TAPS[reading]], -1)


def frames(count: int, which: str, key: jax.Array) -> jax.Array:
  """Four of `count` frames, the same of every clip of a batch.

  The last of each quarter, the apex among them, or four different ones.
  """
  if which == 'random':
    return jax.random.choice(key, count, (COUNT,), replace=False)
  return (jnp.arange(COUNT) + 1) * count // COUNT - 1


def loss(
  features: Callable[[jax.Array], jax.Array],
  made: jax.Array,
  target: jax.Array,
  *,
  relative: bool,
  remat: bool,
) -> jax.Array:
  """Sum over frames of mean |F(made) - target|.

  Args:
    features: F, b h w 3 -> b g g c.
    made: b k h w 3, the frames of the generated clips.
    target: F of the input picture b g g c, or of each real frame k b g g c.
    relative: over mean |target|, so that a weight suits any network.
    remat: one frame after the other, computed again in the backward pass.
  """
  target = jax.lax.stop_gradient(target)
  if remat:
    # Not a loop of XLA: on a CPU its body takes three times as long.
    one = jax.checkpoint(features)
    found = jnp.stack([one(made[:, i]) for i in range(made.shape[1])])
  else:
    found = by_frame(features, made)
  axes = tuple(range(1, found.ndim))
  each = jnp.abs(found - target).mean(axes)
  if relative:
    size = jnp.abs(jnp.broadcast_to(target, found.shape)).mean(axes)
    each = each / (size + 1e-6)
  return each.sum()


def by_frame(
  features: Callable[[jax.Array], Any], clips: jax.Array
) -> jax.Array:
  """F of b k h w 3 in one pass, as k b g g c."""
  b, k = clips.shape[:2]
  # The batch stays outermost: only so is it cut over devices.
  found = features(clips.reshape(b * k, *clips.shape[2:]))
  return found.reshape(b, k, *found.shape[1:]).swapaxes(0, 1)
