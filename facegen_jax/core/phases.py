"""A turn of training as a value: phases within stages, and the step they make.

A paper builds `Stage`s; `make_step` turns one into the single function that is
compiled for it. Nothing here knows a paper.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from facegen_jax.core.state import Net, State

Metrics = dict[str, jax.Array]
Optimizers = dict[str, optax.GradientTransformation]


class Turn(NamedTuple):
  """What a loss sees beside the weights that it moves.

  Attributes:
    nets: every network, as the phases before left it.
    frozen: what is never trained.
    batch: the batch, with what earlier phases of this turn made.
    key: of this phase.
    step: finished steps of the run, from which a fade follows.
  """

  nets: dict[str, Net]
  frozen: Any
  batch: dict[str, Any]
  key: jax.Array
  step: jax.Array | int = 0


class Out(NamedTuple):
  """What a loss hands back beside its value.

  Attributes:
    stats: new running statistics, by network.
    metrics: scalars to log.
    made: arrays that later phases of the turn find in their batch, so that
      what one phase generated is not computed twice. Gradients do not pass.
  """

  stats: dict[str, Any] = {}
  metrics: Metrics = {}
  made: dict[str, Any] = {}


class Phase(NamedTuple):
  """One update within a turn.

  Attributes:
    name: prefix of its metrics.
    nets: the networks that move.
    loss: `(params of the nets that move, Turn) -> (value, Out)`.
    repeat: updates a turn (critic steps); `made` is the last update's.
    every: run at each n-th step only (lazy penalties); such a phase cannot
      hand anything on.
  """

  name: str
  nets: tuple[str, ...]
  loss: Callable[..., tuple[jax.Array, Out]]
  repeat: int = 1
  every: int = 1


class Stage(NamedTuple):
  """A stretch of the curriculum, compiled once.

  Attributes:
    name: as in logs and sheets.
    steps: its length.
    phases: its turn.
    data: overrides of `config.data` (resolution, frames).
    enter: `(state, key) -> state`, called once when it begins (grow, reset).
    batch_size: of all devices together; 0 = `config.batch_size`.
    optimizers: in place of the system's, their states alike (another rate).
    averages: in place of the system's, for networks that it averages too.
  """

  name: str
  steps: int
  phases: tuple[Phase, ...]
  data: dict[str, Any] = {}
  enter: Callable[[State, jax.Array], State] | None = None
  batch_size: int = 0
  optimizers: Optimizers = {}
  averages: dict[str, float] = {}


def stage_step(
  stage: Stage, optimizers: Optimizers, averages: dict[str, float]
) -> Callable[..., tuple[State, Metrics]]:
  """`make_step` of a stage, by its own optimizers and averages where named."""
  return make_step(
    stage.phases, optimizers | stage.optimizers, averages | stage.averages
  )


def make_step(
  phases: tuple[Phase, ...], optimizers: Optimizers, averages: dict[str, float]
) -> Callable[..., tuple[State, Metrics]]:
  """The turn as one function `(state, frozen, batch, key) -> state, metrics`.

  Each phase sees the weights that the phases before it left; averages follow
  at the end, for the networks that moved. The key of a step is
  `fold_in(key, step)`, so a resumed run draws what an unbroken one draws.
  """
  moved = {name for phase in phases for name in phase.nets}

  def step(
    state: State, frozen: Any, batch: dict[str, Any], key: jax.Array
  ) -> tuple[State, Metrics]:
    key, metrics, nets = jax.random.fold_in(key, state.step), {}, state.nets
    for i, phase in enumerate(phases):
      run = _runner(phase, optimizers, frozen, batch, state.step)
      nets, now, made = _run(phase, run, state.step, nets, _fold(key, i))
      batch = batch | jax.lax.stop_gradient(made)
      metrics |= {f'{phase.name}/{name}': x for name, x in now.items()}
    nets = {
      name: _average(net, averages[name])
      if name in moved and averages.get(name)
      else net
      for name, net in nets.items()
    }
    return State(state.step + 1, nets), metrics

  return step


def _fold(key: jax.Array, i: int) -> jax.Array:
  return jax.random.fold_in(key, i)


def _average(net: Net, decay: float) -> Net:
  new = optax.incremental_update(net.params, net.ema, 1 - decay)
  return net.replace(ema=new)


def _runner(
  phase: Phase,
  optimizers: Optimizers,
  frozen: Any,
  batch: dict[str, Any],
  step: jax.Array,
) -> Callable:
  """`(nets, key) -> (nets, metrics, made)`: one update of one phase."""

  def update(nets: dict[str, Net], key: jax.Array) -> tuple:
    params = {name: nets[name].params for name in phase.nets}
    (value, out), grads = jax.value_and_grad(phase.loss, has_aux=True)(
      params, Turn(nets, frozen, batch, key, step)
    )
    nets = dict(nets)
    for name in phase.nets:
      delta, opt = optimizers[name].update(
        grads[name], nets[name].opt, params[name]
      )
      new = optax.apply_updates(params[name], delta)
      nets[name] = nets[name].replace(params=new, opt=opt)
    for name, stats in out.stats.items():
      nets[name] = nets[name].replace(stats=stats)
    return nets, {'loss': value, **out.metrics}, out.made

  return update


def _run(
  phase: Phase,
  update: Callable,
  step: jax.Array,
  nets: dict[str, Net],
  key: jax.Array,
) -> tuple[dict[str, Net], Metrics, dict[str, Any]]:
  if phase.repeat > 1:
    once, keys = update, jax.random.split(key, phase.repeat)

    def update(nets: dict[str, Net], keys: jax.Array) -> tuple:
      def body(nets: dict[str, Net], key: jax.Array) -> tuple:
        nets, metrics, made = once(nets, key)
        return nets, (metrics, made)

      nets, outs = jax.lax.scan(body, nets, keys)
      return nets, *jax.tree.map(lambda x: x[-1], outs)

    key = keys
  if phase.every == 1:
    return update(nets, key)
  return _lazily(phase, update, step, nets, key)


def _lazily(
  phase: Phase,
  update: Callable,
  step: jax.Array,
  nets: dict[str, Net],
  key: jax.Array,
) -> tuple[dict[str, Net], Metrics, dict[str, Any]]:
  _, metrics, made = jax.eval_shape(update, nets, key)
  if made:
    raise ValueError(
      f'phase {phase.name!r} runs every {phase.every} steps and hands on '
      f'{sorted(made)}: only a phase with every=1 can hand something on'
    )
  zeros = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), metrics)
  return jax.lax.cond(
    step % phase.every == 0,
    update,
    lambda nets, _: (nets, zeros, {}),
    nets,
    key,
  )
