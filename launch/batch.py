"""The batch script of a sweep, and what it asks of SLURM."""

from collections.abc import Sequence
import os
import re
import shlex
import sys
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from launch import fields
from launch.plan import Run, Sweep

_TIME = r'(\d+-)?\d+(:\d+){0,2}'


class Resources(NamedTuple):
  """What a run asks of the cluster.

  Attributes:
    nodes: from two on, processes on all of them train one run together.
    gpus: of a node; with several nodes, a process each, as JAX expects it.
    cpus: of a process.
    time: 'HOURS:MINUTES:SECONDS' or another form of sbatch; '' = the cluster's.
    partition, mem: as for sbatch; '' = the cluster's.
    at_once: tasks that may run at the same time, 0 = all.
    more: further options of sbatch, '--account=faces'.
    setup: lines of shell before the run, 'module load cuda'.
  """

  nodes: int = 1
  gpus: int = 0
  cpus: int = 4
  time: str = ''
  partition: str = ''
  mem: str = ''
  at_once: int = 0
  more: tuple[str, ...] = ()
  setup: tuple[str, ...] = ()


def check(resources: Resources) -> None:
  """Raises UserError for a resource that cannot be."""
  least = {'nodes': 1, 'gpus': 0, 'cpus': 1, 'at_once': 0}
  for name, low in least.items():
    if getattr(resources, name) < low:
      raise UserError(
        f'--{name}={getattr(resources, name)}: at least {low} is needed'
      )
  if resources.time and not re.fullmatch(_TIME, resources.time):
    raise UserError(
      f'--time={resources.time}: written HOURS:MINUTES:SECONDS, or '
      'DAYS-HOURS:MINUTES:SECONDS'
    )
  for option in resources.more:
    if not option.startswith('-') or '\n' in option:
      raise UserError(
        f'--sbatch={option}: an option of sbatch, as --sbatch=--account=faces'
      )


def script(sweep: Sweep, resources: Resources, left: Sequence[int]) -> str:
  """The batch script of the runs `left`, numbers in `sweep.runs`."""
  cases = '\n'.join(_case(i, sweep.runs[i]) for i in left)
  root = shlex.quote(os.fspath(sweep.root.absolute()))
  base = [f'--config={sweep.config}']
  base += [fields.word(k, v) for k, v in sweep.overrides.items()]
  base += ['--multihost'] if resources.nodes > 1 else []
  parts = ' && '.join(f'part {name}' for name in sweep.parts())
  return _SCRIPT.format(
    about=f'{len(left)} of {len(sweep.runs)} runs of {sweep.config}',
    options='\n'.join(f'#SBATCH {o}' for o in _options(sweep, resources, left)),
    setup=''.join(f'{line}\n' for line in resources.setup),
    here=shlex.quote(os.getcwd()),
    root=root,
    cases=cases,
    python=shlex.quote(sys.executable),
    base=shlex.join(base),
    parts=parts,
  )


def _options(
  sweep: Sweep, resources: Resources, left: Sequence[int]
) -> list[str]:
  r = resources
  # JAX's own detection of SLURM takes one process a GPU.
  tasks = max(r.gpus, 1) if r.nodes > 1 else 1
  out = sweep.records.absolute() / 'array_%A_%a.out'
  options = {
    '--job-name': re.sub(r'\W', '_', sweep.root.name) or 'sweep',
    '--array': _ranges(left) + (f'%{r.at_once}' if r.at_once else ''),
    '--output': f'"{out}"',  # which may hold a space
    '--nodes': r.nodes,
    '--ntasks-per-node': tasks,
    '--cpus-per-task': r.cpus,
    '--gpus-per-node': r.gpus,
    '--mem': r.mem,
    '--partition': r.partition,
    '--time': r.time,
  }
  given = [f'{k}={v}' for k, v in options.items() if v]
  return [*given, *_SURVIVING, *r.more]


# Requeued rather than lost; logs go on; two minutes to save before the end.
_SURVIVING = ('--requeue', '--open-mode=append', '--signal=TERM@120')

_SCRIPT = """\
#!/bin/bash
# {about}: a task a run.
# By hand: sbatch THIS_FILE. A task that is requeued goes on where it stopped.
{options}
set -uo pipefail
cd {here} || exit
root={root}
case "$SLURM_ARRAY_TASK_ID" in
{cases}
  *) echo "no run $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;
esac
{setup}
# The record says what became of the run; its lock, that it is under way.
record="$root/launch/$run.attempts"
exec 9>>"$record"
flock --nonblock --conflict-exit-code 75 9
if [ $? -eq 75 ]; then
  echo "$run is under way elsewhere" >&2
  exit 75
fi
echo "start $(hostname) job $SLURM_JOB_ID" >&9

part() {{
  local code
  srun --kill-on-bad-exit=1 --cpus-per-task="$SLURM_CPUS_PER_TASK" \\
    {python} -m facegen_jax.main {base} \\
    --workdir="$root/$run" "${{fields[@]}}" --mode="$1" \\
    >>"$root/launch/$run.log" 2>&1
  code=$?
  echo "$1 $code" >&9
  # Asked to stop, as before the end of its time: it has saved, and goes on in
  # another turn. (scancel ends this script too, and so the whole task.)
  if [ $code -eq 143 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt 100 ]; then
    scontrol requeue "$SLURM_JOB_ID"
  fi
  return $code
}}

{parts}
"""


def _case(number: int, run: Run) -> str:
  words = [fields.word(k, v) for k, v in run.values.items()]
  return (
    f'  {number}) run={shlex.quote(run.name)}\n'
    f'    fields=({shlex.join(words)}) ;;'
  )


def _ranges(numbers: Sequence[int]) -> str:
  """`[0, 1, 2, 5]` -> `0-2,5`."""
  spans: list[list[int]] = []
  for n in numbers:
    if spans and n == spans[-1][-1] + 1:
      spans[-1] = [spans[-1][0], n]
    else:
      spans.append([n])
  return ','.join('-'.join(map(str, span)) for span in spans)
