"""The tables of a trained run on held-out people."""

from collections.abc import Callable
import json
import pathlib
from typing import Any

from absl import logging
import jax
import ml_collections

from facegen_jax import encoding, runs, unit_run
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.core.state import State
from facegen_jax.data import datasets
from facegen_jax.data.folds import Person
from facegen_jax.protocols import (
  judge,
  recognition,
  reconstruction_run,
  spontaneity_run,
  transfer_results,
  units_run,
)
from facegen_jax.systems.au_transfer import unit_file
from facegen_jax.systems.au_transfer.unit_file import Units
from facegen_jax.systems.base import System
from facegen_jax.systems.load import load

# Each has `evaluate` and `table`.
_PROTOCOLS = {
  'transfer': transfer_results,
  'recognition': recognition,
  'reconstruction': reconstruction_run,
  'spontaneity': spontaneity_run,
  'units': units_run,
}
# Fields of config.data that do not decide who is trained on.
_FREE = ('dir', 'threads', 'generated', 'shuffle_labels')


def evaluate(config: Any, workdir: pathlib.Path) -> dict[str, Any]:
  """Results by `config.evaluate.protocol` into `workdir/evaluation`.

  'transfer' (the default), 'reconstruction', 'spontaneity' and 'units' leave
  sheets and a clip too; 'recognition' scores classes.
  """
  name = config.evaluate.get('protocol', 'transfer')
  if name not in _PROTOCOLS:
    raise UserError(
      f'config.evaluate.protocol={name!r}: there is {", ".join(_PROTOCOLS)}'
    )
  saves = Checkpoints(workdir, create=False)
  saves.check_trained()  # before data are prepared
  data = datasets.load(config.data)
  system = load(config, data.train)
  state = runs.restored(system, saves, config)
  folder = workdir / 'evaluation'
  folder.mkdir(parents=True, exist_ok=True)
  results = _PROTOCOLS[name].evaluate(
    config,
    data.held_out,
    runs.generator(system, state),
    folder,
    system=system,
    state=state,
    training=data.train,
    trained_on=lambda: _trained_on(saves, config.data, data),
    judge=lambda: _judge(config, system, state, data),
    beside=lambda: _beside(config),
    start=lambda: _first(system, config),
    encoder=lambda: encoding.Encoder(system, state, config),
    units=lambda: _units(config, workdir, system, state, data),
  )
  results |= {'step': int(state.step), 'data': data.described}
  (folder / 'results.json').write_text(json.dumps(results, indent=2) + '\n')
  print(_PROTOCOLS[name].table(results))
  logging.info('results: %s', folder)
  return results


def _judge(
  config: Any, system: System, state: State, data: datasets.Dataset
) -> judge.Judge:
  """The networks of this run, or of the one that `evaluate.judge` names."""
  size = config.evaluate.batch_size
  if not config.evaluate.judge:
    return judge.judge(system, state, size)
  workdir = expanded(config.evaluate.judge)
  saves = Checkpoints(workdir, create=False)
  then = saves.config()
  then.data.dir = config.data.dir
  known = datasets.load(then.data)
  both = sorted({*known.train.subjects} & {*data.held_out.subjects})
  if both and then.data.name == config.data.name:
    raise UserError(
      f'config.evaluate.judge={workdir} was trained on {both[0]}, who is held '
      f'out here ({len(both)} such): give a judge of the same split'
    )
  other = load(then, known.train)
  found = judge.judge(other, runs.restored(other, saves, then), size)
  if found == judge.Judge():
    raise UserError(
      f'config.evaluate.judge={workdir}: {then.system} tells neither people '
      'nor expressions; name a run of fevgan'
    )
  return found


def _first(system: System, config: Any) -> Any:
  """The networks that generate, before the run's first step."""
  make = jax.jit(
    lambda key: runs.first_generator(system, key).nets,
    # It runs once: compiling it well takes longer than it saves.
    compiler_options={'xla_backend_optimization_level': 0}
    if jax.default_backend() == 'cpu'
    else None,
  )
  return make(jax.random.key(config.seed))


def _units(
  config: Any,
  workdir: pathlib.Path,
  system: System,
  state: State,
  data: datasets.Dataset,
) -> Units:
  """The boundaries in the run's folder; fitted first where it has none."""
  place, how = workdir / unit_file.NAME, dict(config.units)
  if not place.is_file():
    shown = unit_run.of_clips(data, how)
    found = unit_run.of_run(system, state, config, shown, unit_run.how_of(how))
    unit_file.write(place, found)
  return unit_file.of_run(workdir, config, system.layers, state)


def _beside(config: Any) -> Callable | None:
  """What generates by the run that `evaluate.beside` names, if it does."""
  if not config.evaluate.beside:
    return None
  workdir = expanded(config.evaluate.beside)
  system, state, then = runs.open_generator(workdir)
  if (then.system, then.data.size) != (config.system, config.data.size):
    raise UserError(
      f'config.evaluate.beside={workdir}: a run of {then.system} at '
      f'{then.data.size} px; name one of {config.system} at '
      f'{config.data.size} px'
    )
  return runs.generator(system, state)


def _trained_on(
  saves: Checkpoints, now: Any, data: datasets.Dataset
) -> list[Person]:
  """The real people of the run, also if the present config splits otherwise."""
  then = saves.config().data
  fields = json.loads(now.to_json_best_effort())
  stored = then.to_dict()
  if any(stored.get(k) != v for k, v in fields.items() if k not in _FREE):
    then = ml_collections.ConfigDict(stored | {'generated': '', 'dir': now.dir})
    data = datasets.load(then)
  people = {clip.subject for clip in data.train if not clip.generated}
  return [Person(then.name, subject) for subject in sorted(people)]
