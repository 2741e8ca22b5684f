"""What training carries from one step to the next: plain dictionaries."""

from typing import Any, NamedTuple

import flax.struct
import jax
import jax.numpy as jnp
import optax


class Variables(NamedTuple):
  """A network taken apart: what an optimiser moves and what it does not."""

  params: dict[str, Any]
  stats: dict[str, Any] = {}


@flax.struct.dataclass
class Net:
  """One trained network.

  Attributes:
    params: weights, float32.
    stats: running statistics and other variables that no optimiser moves.
    opt: state of its optimiser.
    ema: average of the weights, or None.
  """

  params: Any
  stats: Any
  opt: Any
  ema: Any = None

  @property
  def averaged(self) -> Variables:
    """The variables to generate with: averaged weights where there are any."""
    params = self.params if self.ema is None else self.ema
    return Variables(params, self.stats)

  @property
  def variables(self) -> Variables:
    """The variables as trained."""
    return Variables(self.params, self.stats)


@flax.struct.dataclass
class State:
  """Number of finished steps, and every network."""

  step: jax.Array
  nets: dict[str, Net]


def create(
  variables: dict[str, Variables],
  optimizers: dict[str, optax.GradientTransformation] | None,
  averages: dict[str, float],
) -> State:
  """A state at step 0.

  Args:
    variables: the networks' first values.
    optimizers: one for each network; None for a state that is not trained.
    averages: decay of the average by network; none or 0 = no average.
  """

  def net(name: str) -> Net:
    params, stats = variables[name]
    # A copy: donating one buffer twice is an error.
    ema = jax.tree.map(jnp.copy, params) if averages.get(name) else None
    opt = optimizers[name].init(params) if optimizers else None
    return Net(params, stats, opt, ema)

  nets = {name: net(name) for name in variables}
  return State(jnp.zeros((), jnp.int32), nets)
