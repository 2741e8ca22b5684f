"""The random codes of a clip (section 3.1)."""

from typing import Any, NamedTuple

import jax

from facegen_jax.core.mesh import cut
from facegen_jax.systems.videos import EMOTIONS


class Codes(NamedTuple):
  """What `networks.Generator` takes, in its order."""

  content: jax.Array  # b c, one a clip
  category: jax.Array  # b 6, one-hot
  start: jax.Array  # b m
  noise: jax.Array  # b t m


def draw(key: jax.Array, label: jax.Array, frames: int, model: Any) -> Codes:
  """Standard normal codes, and the given categories.

  Args:
    key: of everything that is random.
    label: b, 0..5.
    frames: of the clip.
    model: `config.model`: `content` and `motion`, the codes' sizes.
  """
  content, start, noise = jax.random.split(key, 3)
  b = len(label)
  return Codes(
    cut(jax.random.normal(content, (b, model.content))),
    jax.nn.one_hot(label, EMOTIONS),
    cut(jax.random.normal(start, (b, model.motion))),
    cut(jax.random.normal(noise, (b, frames, model.motion))),
  )
