"""Does a run take what the user gives?"""

import pathlib
from typing import Any

from facegen_jax.core.errors import UserError

# What a system takes (`System.TAKES`) -> the flag of animate that gives it.
FLAGS = {
  ('source', 'target'): '--driving=CLIP',
  ('source', 'driving', 'first'): '--driving=CLIP',
  ('picture', 'label'): '--expression=NAME',
  ('constant', 'previous', 'current'): '--spontaneous',
}


def check(system: Any, flag: str, workdir: pathlib.Path, name: str) -> None:
  """Raises UserError where the system does not want what `flag` gives.

  Args:
    system: of the run.
    flag: one of `FLAGS`' values.
    workdir: of the run, for the error.
    name: of the system, for the error.
  """
  wanted = FLAGS.get(tuple(system.TAKES))
  if wanted is None:
    raise UserError(
      f'{workdir}: a run of {name} draws no faces (it takes '
      f'{" and ".join(system.TAKES)}): name the run of a generator'
    )
  if wanted != flag:
    given = flag.partition('=')[0]
    raise UserError(
      f'{workdir}: a run of {name} needs {wanted} and has no use for {given}'
    )
