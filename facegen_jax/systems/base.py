"""All that the trainer asks of a paper."""

from typing import Any, Protocol

import jax
import numpy as np
import optax

from facegen_jax.core.phases import Stage
from facegen_jax.core.state import Net, Variables


class System(Protocol):
  """A paper as the trainer sees it.

  A system is made as `System(config, clips)` from the whole config and the
  training clips, of which it may take statistics. Made without clips it can
  generate, from the networks that `averages` names, and nothing else.

  A system whose networks tell people and expressions has `extractors(nets)`,
  (name, embed) of each, and may have `recogniser(nets)`, (name, pictures to
  probabilities of `vocabulary.EMOTIONS`): `protocols.judge` scores by them.

  Attributes:
    TAKES: names of what `generate` looks for in `given`, of the class: with
      ('source', 'target') `facegen_jax.animate` wants a driving clip, with
      ('picture', 'label') an expression, with ('constant', 'previous',
      'current') nothing but the portrait; any other cannot animate.
  """

  TAKES: tuple[str, ...]

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of every network that some stage trains."""

  def frozen(self) -> Any:
    """Arrays that are used and never trained (imported networks)."""

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """One for each network."""

  def averages(self) -> dict[str, float]:
    """The networks that generate, and the decay of their averaged weights."""

  def stages(self) -> tuple[Stage, ...]:
    """The curriculum."""

  def examples(self) -> int:
    """How many indices make an epoch."""

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One training example; uint8 pictures."""

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """Columns of a sample sheet, left to right, `b h w c` in [-1, 1]."""

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """Pictures or video from what a user gives, in [-1, 1]."""
