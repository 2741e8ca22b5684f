"""How far the runs of a sweep are.

python -m launch.status --root=runs/sweep

Done, running, stopped (asked to stop or killed: the sweep's command goes on
with it), failed, or waiting for its turn, with the last step that was logged.
"""

from collections import Counter
from collections.abc import Sequence
import pathlib

from facegen_jax.core.paths import expanded
from facegen_jax.start import start
from launch import plan
from launch.root_flag import ROOT
from launch.standing import STATES, standing


def main(argv: Sequence[str]) -> None:
  """Prints a line a run, and how many are in each state."""
  del argv
  print(table(expanded(ROOT.value)))


def table(root: pathlib.Path) -> str:
  """A line a run: state, step, name, and why it is so."""
  sweep = plan.read(root)
  found = [(run, standing(sweep, run)) for run in sweep.runs]
  lines = [
    f'{at.state:<8}{at.step:>9}  {run.name}'
    + (f'  ({at.why})' if at.why else '')
    for run, at in found
  ]
  count = Counter(at.state for _, at in found)
  told = ', '.join(f'{count[s]} {s}' for s in STATES if count[s])
  return '\n'.join([*lines, f'{len(found)} runs: {told}'])


if __name__ == '__main__':
  start(main)
