"""Does a run take what the user gives?"""

import pathlib
from typing import Any

from facegen_jax.core.errors import UserError

# What a system takes (`System.TAKES`) -> the flags of animate that give it.
FLAGS = {
  ('source', 'target'): ('--driving=CLIP',),
  ('source', 'driving', 'first'): ('--driving=CLIP',),
  ('picture', 'label'): ('--expression=NAME',),
  ('constant', 'previous', 'current'): ('--spontaneous',),
  ('codes',): ('--aus=AU6=1,AU12=1', '--expression=NAME'),
}


def check(system: Any, flag: str, workdir: pathlib.Path, name: str) -> None:
  """Raises UserError where the system does not want what `flag` gives.

  Args:
    system: of the run.
    flag: of `FLAGS`' values.
    workdir: of the run, for the error.
    name: of the system, for the error.
  """
  wanted = FLAGS.get(tuple(system.TAKES))
  if wanted is None:
    raise UserError(
      f'{workdir}: a run of {name} draws no faces (it takes '
      f'{" and ".join(system.TAKES)}): name the run of a generator'
    )
  if flag not in wanted:
    raise UserError(
      f'{workdir}: a run of {name} needs {" or ".join(wanted)} and has no use '
      f'for {flag.partition("=")[0]}'
    )


def refuse(given: dict[str, Any], why: str) -> None:
  """Raises UserError for flags that are set and would do nothing.

  Args:
    given: values by the flags' names; None and False are not set.
    why: what they have nothing to do with.
  """
  if told := [f'--{name}' for name, value in given.items() if value]:
    raise UserError(f'{why}: leave out {", ".join(told)}')
