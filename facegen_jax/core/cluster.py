"""Many processes as one run: how they find each other, or say that they can't.

No computation may have run before `join`.
"""

from collections.abc import Mapping
import os
import sys
import threading

from facegen_jax.core.errors import USER_ERROR, UserError

# Which variable says how many processes were started together.
_COUNTS = (
  'SLURM_STEP_NUM_TASKS',
  'SLURM_NTASKS',
  'OMPI_COMM_WORLD_SIZE',
  'PMI_SIZE',
  'JAX_NUM_PROCESSES',
)
_HOSTS = 'TPU_WORKER_HOSTNAMES'
_CURE = (
  'start it by srun, mpirun or on every host of a TPU, or give each process '
  '--coordinator=HOST:PORT --processes=N --process=I'
)


def started_together(environ: Mapping[str, str]) -> tuple[str, int]:
  """The variable that tells of most processes, and how many; '', 1 if none."""
  counts = {_HOSTS: len(environ.get(_HOSTS, '').split(','))}
  for name in _COUNTS:
    if environ.get(name, '').isdecimal():
      counts[name] = int(environ[name])
  name = max(counts, key=lambda name: counts[name])
  return (name, counts[name]) if counts[name] > 1 else ('', 1)


def join(
  multihost: bool | None,
  coordinator: str | None = None,
  processes: int | None = None,
  process: int | None = None,
  *,
  seconds: int = 300,
) -> None:
  """Makes this process part of a run of many, or sure that it is alone.

  Args:
    multihost: True to join; False to be a run of one's own among others; None
      where nobody said, which is refused among others.
    coordinator: HOST:PORT of the first process; None = the cluster tells.
    processes: how many there are; None = the cluster tells.
    process: which one this is, from 0; None = the cluster tells.
    seconds: to wait for the others.

  Raises:
    UserError: the others cannot be found, or there are none.
  """
  given = {
    '--coordinator': coordinator,
    '--processes': processes,
    '--process': process,
  }
  missing = [name for name, value in given.items() if value is None]
  if multihost is None:
    _refuse_silent()
  if not multihost:
    if len(missing) < len(given):
      raise UserError(
        f'{next(n for n in given if n not in missing)} needs --multihost'
      )
    return
  if missing and len(missing) < len(given):
    raise UserError(
      f'--multihost: {" and ".join(missing)} is missing: give all of '
      f'{", ".join(given)}, or none where the cluster tells'
    )
  if not missing and process >= processes:
    raise UserError(
      f'--process={process} of --processes={processes}: they count from 0'
    )
  _initialize(coordinator, processes, process, seconds)


def _refuse_silent() -> None:
  name, count = started_together(os.environ)
  if name:
    raise UserError(
      f'{name} tells of {count} processes, which would train {count} times '
      'over one another: --multihost makes one run of them, --nomultihost '
      'lets this one be a run of its own'
    )


def _initialize(
  coordinator: str | None,
  processes: int | None,
  process: int | None,
  seconds: int,
) -> None:
  import jax  # --help must not wait for it

  late = threading.Timer(seconds, _give_up, [seconds])
  late.daemon = True
  late.start()
  try:
    jax.distributed.initialize(
      coordinator, processes, process, initialization_timeout=2 * seconds + 60
    )
  except (RuntimeError, TypeError, ValueError) as e:
    raise UserError(
      f'--multihost: {str(e).strip().splitlines()[0]}: {_CURE}'
    ) from e
  finally:
    late.cancel()
  if jax.process_count() == 1:
    raise UserError(f'--multihost: only this one process came: {_CURE}')


def _give_up(seconds: int) -> None:
  """Ends the process: JAX itself would abort it with a page of C++."""
  print(
    f'facegen_jax: --multihost: the processes did not find each other in '
    f'{seconds} s: {_CURE}',
    file=sys.stderr,
    flush=True,
  )
  os._exit(USER_ERROR)


def check_joined() -> None:
  """Raises where the hardware spans hosts and the processes have not joined."""
  import jax

  if jax.process_count() > 1 and not jax.distributed.is_initialized():
    raise UserError(
      f'these devices belong to {jax.process_count()} processes: give '
      '--multihost to each'
    )
