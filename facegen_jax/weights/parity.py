"""Compares our networks with stored outputs of the public references.

  python -m facegen_jax.weights.parity DIR

Every .npz of DIR holds `config` (JSON), `param/*`, `in/*` and `out/*` (or a
lone `out`), and `outalt/*` for a setting's other value. The operation is the
config's `op` or `model`, else what the file's name starts with. A row a file
is printed; the exit status is 0 only if every file is ok, 1 if any is not, 2
if DIR cannot be read.
"""

import argparse
from collections.abc import Mapping
import json
import pathlib
import sys
from typing import Any, NamedTuple

import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.weights import (
  parity_aipgan,
  parity_boundaries,
  parity_encoding,
  parity_facial_prior,
  parity_facial_prior_train,
  parity_facial_prior_whole,
  parity_fomm_blocks,
  parity_fomm_networks,
  parity_fomm_train,
  parity_imaginator,
  parity_metrics,
  parity_mocogan,
  parity_mraa,
  parity_mraa_train,
  parity_mraa_transfer,
  parity_mraa_whole,
  parity_perceptual,
  parity_stylegan,
  parity_stylegan_train,
  parity_stylegan_whole,
  parity_vgan,
  parity_vgg,
  parity_vggface,
  parity_video,
)
from facegen_jax.weights.npz import read_npz
from facegen_jax.weights.parity_case import Case, Tolerance, under

_CASES = {
  **parity_metrics.CASES,
  **parity_aipgan.CASES,
  **parity_boundaries.CASES,
  **parity_encoding.CASES,
  **parity_imaginator.CASES,
  **parity_stylegan.CASES,
  **parity_stylegan_train.CASES,
  **parity_stylegan_whole.CASES,
  **parity_vgan.CASES,
  **parity_vgg.CASES,
  **parity_vggface.CASES,
  **parity_video.CASES,
  **parity_mocogan.CASES,
}
# By the start of a file's name, where its config does not say.
_NAMED = {
  **parity_facial_prior.CASES,
  **parity_facial_prior_train.CASES,
  **parity_facial_prior_whole.CASES,
  **parity_fomm_blocks.CASES,
  **parity_fomm_networks.CASES,
  **parity_fomm_train.CASES,
  **parity_mraa.CASES,
  **parity_mraa_train.CASES,
  **parity_mraa_transfer.CASES,
  **parity_mraa_whole.CASES,
  **parity_perceptual.CASES,
}


class Row(NamedTuple):
  """The verdict on one file."""

  name: str
  compared: int = 0
  error: float = 0.0
  worst: str = ''
  tolerance: Tolerance | None = None
  verdict: str = 'ok'


class Golden(NamedTuple):
  """One stored file, its arrays under their names without the prefix.

  A lone `out` is named so, and `outalt/*` keep their prefix.
  """

  config: dict[str, Any]
  params: dict[str, np.ndarray]
  inputs: dict[str, np.ndarray]
  outputs: dict[str, np.ndarray]


def read_golden(path: pathlib.Path) -> Golden:
  """Reads one .npz; UserError if it is damaged or of another format."""
  arrays = read_npz(path)
  try:
    config = json.loads(str(arrays.pop('config')))
  except KeyError as error:
    raise UserError(f'{path} has no {error}') from error
  except ValueError as error:
    raise UserError(f'{path}: config is no JSON ({error})') from error
  if not isinstance(config, dict):
    raise UserError(f'{path}: config is no JSON object')
  outputs = under(arrays, 'out/')
  outputs |= {k: arrays[k] for k in arrays if k.startswith('outalt/')}
  outputs |= {'out': arrays['out']} if 'out' in arrays else {}
  params, inputs = under(arrays, 'param/'), under(arrays, 'in/')
  return Golden(config, params, inputs, outputs)


def _off(ours: Any, theirs: np.ndarray, t: Tolerance) -> tuple[float, float]:
  """Largest error, and the largest share of the allowed one (limit 1)."""
  ours = np.asarray(ours, np.float64)
  theirs = theirs.astype(np.float64)
  if ours.shape != theirs.shape or not np.isfinite(ours).all():
    return np.inf, np.inf
  if not theirs.size:
    return 0.0, 0.0
  error = np.abs(ours - theirs)
  peak = t.peak * np.abs(theirs).max()
  allowed = t.absolute + t.relative * np.abs(theirs) + peak
  share = np.where(error > 0, np.inf, 0.0)
  np.divide(error, allowed, out=share, where=allowed > 0)
  counted = share.size - int(t.strays * share.size)
  last = np.argpartition(share, counted - 1, axis=None)[counted - 1]
  return float(error.flat[last]), float(share.flat[last])


def compare(
  case: Case, golden: Golden, ours: Mapping[str, Any], name: str
) -> Row:
  """The row of one file: the output nearest to (or furthest past) its limit."""
  absent = [key for key in golden.outputs if key not in ours]
  if absent:
    return Row(name, verdict=f'FAIL (no {", ".join(absent)})')
  if not golden.outputs:
    return Row(name, verdict='FAIL (nothing to compare)')
  worst, limit = None, -1.0
  for key, theirs in golden.outputs.items():
    tolerance = case.tolerance(key)
    error, share = _off(ours[key], theirs, tolerance)
    if share > limit:
      worst, limit = (error, key, tolerance), share
  verdict = 'ok' if limit <= 1 else 'FAIL'
  return Row(name, len(golden.outputs), *worst, verdict)


def _case(config: Mapping[str, Any], stem: str) -> tuple[str, Case | None]:
  operation = config.get('op') or config.get('model')
  if operation is None:
    starts = [name for name in _NAMED if stem.startswith(name)]
    operation = max(starts, key=len, default=stem)
    return operation, _NAMED.get(operation)
  if 'recipe' in config:  # full width, with tolerances of its own
    operation = f'{operation}_recipe'
  return operation, _CASES.get(operation)


def _parameters(
  case: Case, golden: Golden, folder: pathlib.Path
) -> dict[str, np.ndarray]:
  """Those of the file and of the siblings that it names."""
  found = dict(golden.params)
  for entry in case.siblings:
    name = golden.config[entry]
    if not isinstance(name, str) or pathlib.Path(name).name != name:
      raise UserError(f"{entry} names no file of this folder: '{name}'")
    theirs = read_golden(folder / f'{name}.npz').params
    found |= {f'{entry}/{key}': value for key, value in theirs.items()}
  return found


def check(path: pathlib.Path) -> Row:
  """Runs our network on one stored file."""
  golden = read_golden(path)
  operation, case = _case(golden.config, path.stem)
  if case is None:
    return Row(path.stem, verdict=f'unsupported ({operation})')
  try:
    params = _parameters(case, golden, path.parent)
    inputs = golden.inputs | {k: golden.outputs[k] for k in case.given}
    with jax.default_matmul_precision('highest'):
      ours = case.run(golden.config, params, inputs)
  except UserError as error:
    return Row(path.stem, verdict=f'FAIL ({error})')
  except KeyError as error:
    return Row(path.stem, verdict=f'FAIL (the file has no {error})')
  return compare(case, golden, ours, path.stem)


def _limit(t: Tolerance | None) -> str:
  if t is None:
    return '-'
  parts = [f'{t.absolute:g}'] if t.absolute else []
  parts += [f'{t.relative:g}|y|'] if t.relative else []
  parts += [f'{t.peak:g}max|y|'] if t.peak else []
  return '+'.join(parts)


def _line(row: Row) -> str:
  error = f'{row.error:.1e}' if row.compared else '-'
  return (
    f'{row.name:32} {row.compared:8} {error:>8} {_limit(row.tolerance):18} '
    f'{row.worst:24} {row.verdict}'
  )


def run(folder: pathlib.Path) -> int:
  """Prints the table of a folder; 0 if every file is ok, else 1."""
  if not folder.is_dir():
    raise UserError(f'{folder} is no folder: name one with .npz files')
  paths = sorted(folder.glob('*.npz'))
  if not paths:
    raise UserError(f'{folder} has no .npz files')
  print(
    f'{"file":32} {"outputs":>8} {"error":>8} {"tolerance":18} '
    f'{"nearest its limit":24} verdict'
  )
  rows = []
  for path in paths:
    rows.append(check(path))
    print(_line(rows[-1]), flush=True)
  good = sum(row.verdict == 'ok' for row in rows)
  print(f'{good} of {len(rows)} files ok')
  return 0 if good == len(rows) else 1


def main(argv: list[str] | None = None) -> int:
  """Command line; returns the exit status."""
  parser = argparse.ArgumentParser(
    prog='python -m facegen_jax.weights.parity',
    description='Compare our networks with stored outputs of references.',
  )
  parser.add_argument('folder', type=pathlib.Path, metavar='DIR')
  try:
    return run(parser.parse_args(argv).folder)
  except UserError as error:
    print(f'parity: {error}', file=sys.stderr)
    return 2


if __name__ == '__main__':
  sys.exit(main())
