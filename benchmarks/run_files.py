"""The systems, and what a run of one leaves as values to compare."""

import contextlib
import json
import pathlib
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from facegen_jax.core import checkpoint_files
from facegen_jax.core.clock import TIMES

_CONFIGS = pathlib.Path(__file__).resolve().parent.parent / 'configs'


def available() -> list[str]:
  """Systems that can be trained, by the name of their config."""
  found = sorted(p.stem for p in _CONFIGS.glob('*.py'))
  return [s for s in found if s != 'micro_study']  # runs of two others


def rows(workdir: pathlib.Path) -> list[dict[str, Any]]:
  """The lines of metrics.jsonl without what measures time."""
  lines = (workdir / 'metrics.jsonl').read_text().splitlines()
  return [
    {k: v for k, v in json.loads(line).items() if k not in TIMES}
    for line in lines
  ]


def newest(workdir: pathlib.Path) -> int:
  """The step of the last whole checkpoint, -1 = there is none."""
  folder = workdir / 'checkpoints'
  if not folder.is_dir():
    return -1
  step = checkpoint_files.newest_whole(folder).step
  return -1 if step is None else step


def finished(workdir: pathlib.Path) -> int:
  """The newest step whose folder has its name; its files are not read."""
  names = [p.name for p in workdir.glob('checkpoints/*')]
  return max((int(n) for n in names if n.isdecimal()), default=-1)


def arrays(workdir: pathlib.Path) -> dict[str, np.ndarray]:
  """All arrays of the newest checkpoint by name."""
  folder = workdir / 'checkpoints' / str(newest(workdir)) / 'state'
  with contextlib.closing(ocp.PyTreeCheckpointer()) as reader:
    known = reader.metadata(folder).item_metadata.tree
    # As numpy: other devices may have saved them.
    how = jax.tree.map(
      lambda _: ocp.RestoreArgs(restore_type=np.ndarray), known
    )
    tree = reader.restore(folder, restore_args=how)
  return {
    '/'.join(map(str, path)): np.asarray(x) for path, x in _leaves(tree, ())
  }


def _leaves(tree: Any, path: tuple) -> list[tuple[tuple, Any]]:
  if isinstance(tree, dict):
    pairs = [(str(k), v) for k, v in tree.items()]
  elif isinstance(tree, (list, tuple)):
    pairs = [(str(i), v) for i, v in enumerate(tree)]
  else:
    return [] if tree is None else [(path, tree)]
  return [leaf for k, v in pairs for leaf in _leaves(v, (*path, k))]


def differences(found: pathlib.Path, wanted: pathlib.Path) -> list[str]:
  """What differs between two finished runs, a phrase each; exact."""
  out = []
  a, b = arrays(found), arrays(wanted)
  odd = [k for k in a.keys() | b.keys() if not _same(a.get(k), b.get(k))]
  if odd:
    out.append(f'{len(odd)} of {len(b)} arrays differ, as {min(odd)}')
  if rows(found) != rows(wanted):
    out.append('metrics.jsonl differs')
  for name in _made(wanted) | _made(found):
    if not _same_file(found / name, wanted / name):
      out.append(f'{name} differs')
  return out


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
  if a is None or b is None or a.dtype != b.dtype or a.shape != b.shape:
    return False
  return a.tobytes() == b.tobytes()  # so that NaN is NaN


def _made(workdir: pathlib.Path) -> set[str]:
  pictures = {f'sheets/{p.name}' for p in workdir.glob('sheets/*.png')}
  return pictures | {'evaluation/results.json'}


def _same_file(a: pathlib.Path, b: pathlib.Path) -> bool:
  return a.is_file() and b.is_file() and a.read_bytes() == b.read_bytes()
