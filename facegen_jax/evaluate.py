"""The tables of a trained run on held-out people."""

import json
import pathlib
from typing import Any

from absl import logging
import ml_collections

from facegen_jax import runs
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets
from facegen_jax.data.folds import Person
from facegen_jax.protocols import recognition, transfer_results
from facegen_jax.systems.load import load

# Each has `evaluate` and `table`.
_PROTOCOLS = {'transfer': transfer_results, 'recognition': recognition}
# Fields of config.data that do not decide who is trained on.
_FREE = ('dir', 'threads', 'generated', 'shuffle_labels')


def evaluate(config: Any, workdir: pathlib.Path) -> dict[str, Any]:
  """Results by `config.evaluate.protocol` into `workdir/evaluation`.

  'transfer' (the default) leaves a sheet and a clip too; 'recognition' scores
  classes.
  """
  name = config.evaluate.get('protocol', 'transfer')
  if name not in _PROTOCOLS:
    raise UserError(
      f'config.evaluate.protocol={name!r}: there is {", ".join(_PROTOCOLS)}'
    )
  saves = Checkpoints(workdir, create=False)
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
    trained_on=lambda: _trained_on(saves, config.data, data),
  )
  results |= {'step': int(state.step), 'data': data.described}
  (folder / 'results.json').write_text(json.dumps(results, indent=2) + '\n')
  print(_PROTOCOLS[name].table(results))
  logging.info('results: %s', folder)
  return results


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
