"""Boundaries of action units in a file, with whose codes they fit."""

import hashlib
import json
import os
import pathlib
from typing import Any, NamedTuple

import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.state import State
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import boundaries
from facegen_jax.weights.npz import read_npz

NAME = 'units.npz'
_AGAIN = 'fit them again: python -m facegen_jax.units --workdir={}'


class Units(NamedTuple):
  """Boundaries of k units, and the generator that they belong to.

  Attributes:
    names: (k,) 'AU6'.
    normals: k d, of unit length; d = w, or rows w in 'wplus'.
    intercepts: (k,), so that distance = <normal, code> + intercept.
    spread: (k,) deviation s_i of the distances of all training codes.
    mean_positive: (k,) mean distance m_i of faces with the unit.
    mean_neutral: (k,) mean distance of neutral faces.
    accuracy_train: (k,) mean of both classes' shares on their own side.
    accuracy_held: (k,) the same of people left out of the fit.
    counts: k 4: faces with the unit and neutral ones, people of each.
    space: of `boundaries.SPACES`.
    rows: the first rows of W+ that were fitted and are edited.
    size: side of the generator's pictures.
    layers: rows of its codes.
    w: width of its codes.
    generator: digest of its weights, see `digest`.
    step: of the run.
    provenance: what the codes were made of.
  """

  names: tuple[str, ...]
  normals: np.ndarray
  intercepts: np.ndarray
  spread: np.ndarray
  mean_positive: np.ndarray
  mean_neutral: np.ndarray
  accuracy_train: np.ndarray
  accuracy_held: np.ndarray
  counts: np.ndarray
  space: str
  rows: int
  size: int
  layers: int
  w: int
  generator: str
  step: int
  provenance: dict[str, Any] = {}

  @property
  def numbers(self) -> tuple[int, ...]:
    """(k,) numbers of the units."""
    return tuple(int(name.removeprefix('AU')) for name in self.names)

  def distances(self, codes: np.ndarray) -> np.ndarray:
    """Signed distances, b k, of codes b L w."""
    where = boundaries.flat(codes, self.space, self.rows)
    return boundaries.distances(where, self.normals, self.intercepts)


_ARRAYS = tuple(k for k, v in Units.__annotations__.items() if v is np.ndarray)
_PLAIN = tuple(k for k in Units._fields if k not in (*_ARRAYS, 'names'))
_TYPES = {k: Units.__annotations__[k] for k in _PLAIN} | {'provenance': dict}


def digest(variables: Any) -> str:
  """SHA-256 of a network's arrays and their names, the first 16 digits."""
  told = hashlib.sha256()
  for path, leaf in jax.tree_util.tree_leaves_with_path(variables):
    told.update(jax.tree_util.keystr(path).encode())
    told.update(np.ascontiguousarray(leaf).tobytes())
  return told.hexdigest()[:16]


def write(path: pathlib.Path, units: Units) -> None:
  """Writes the .npz, and beside it a .json for people to read."""
  told = {'names': units.names} | {k: getattr(units, k) for k in _PLAIN}
  arrays = {k: np.asarray(getattr(units, k)) for k in _ARRAYS}
  part = path.with_name(path.name + '.part')
  with part.open('wb') as file:
    np.savez(file, about=np.array(json.dumps(told)), **arrays)
  os.replace(part, path)
  arrays['cosines'] = boundaries.cosines(arrays.pop('normals'))
  figures = {k: _readable(v) for k, v in arrays.items()}
  text = json.dumps(told | figures, indent=2) + '\n'
  path.with_suffix('.json').write_text(text)


def _readable(values: np.ndarray) -> list:
  """Rounded; None for NaN."""
  return np.where(np.isnan(values), None, np.round(values, 4)).tolist()


def read(path: pathlib.Path) -> Units:
  """Reads units.npz.

  Raises:
    UserError: no such file, a damaged one, or one of something else.
  """
  again = _AGAIN.format(path.parent)
  if not path.is_file():
    raise UserError(f'{path}: no boundaries of action units yet; {again}')
  arrays = read_npz(path)
  try:
    told = json.loads(str(arrays.pop('about')))
    plain = {k: _TYPES[k](told[k]) for k in _PLAIN}
    names = tuple(map(str, told['names']))
    units = Units(names=names, **arrays, **plain)
    _check_shapes(units)
  except (KeyError, TypeError, ValueError, AttributeError) as error:
    raise UserError(
      f'{path}: not boundaries of ours ({error}); {again}'
    ) from error
  return units


def _check_shapes(units: Units) -> None:
  """ValueError where the parts do not belong together."""
  k = len(units.names)
  d = units.w * (1 if units.space == 'w' else units.rows)
  shapes = dict.fromkeys(_ARRAYS, (k,)) | {'normals': (k, d), 'counts': (k, 4)}
  if units.space not in boundaries.SPACES:
    raise ValueError(f'space {units.space!r}')
  if not k or len({*units.numbers} & {*AUS}) < k:
    raise ValueError(f'units {units.names}')
  if not 0 < units.rows <= units.layers:
    raise ValueError(f'{units.rows} rows of {units.layers}')
  for name, shape in shapes.items():
    array = getattr(units, name)
    if array.shape != shape or array.dtype.kind not in 'fiu':
      raise ValueError(f'{name} is {array.dtype} {array.shape}, not {shape}')
    if not name.startswith('accuracy') and not np.isfinite(array).all():
      raise ValueError(f'{name} is not finite')


def about(config: Any, layers: int, state: State) -> dict[str, Any]:
  """What ties boundaries to a run's generator: arguments of `Units`.

  Args:
    config: of the run.
    layers: rows of its codes.
    state: with its generator.
  """
  return {
    'size': config.data.size,
    'layers': layers,
    'w': config.model.w,
    'generator': digest(state.nets['generator'].averaged),
    'step': int(state.step),
  }


def of_run(
  workdir: pathlib.Path, config: Any, layers: int, state: State
) -> Units:
  """The boundaries in a run's folder, checked; arguments as of `about`.

  Raises:
    UserError: none, damaged ones, or ones of another generator.
  """
  path = workdir / NAME
  units = read(path)
  wanted = about(config, layers, state)
  for name in ('size', 'layers', 'w'):
    if (found := getattr(units, name)) != wanted[name]:
      raise UserError(
        f'{path}: boundaries of a generator with {name} {found}, that of the '
        f'run has {wanted[name]}; {_AGAIN.format(workdir)}'
      )
  if units.generator != wanted['generator']:
    raise UserError(
      f'{path}: boundaries of another generator (at step {units.step}), the '
      f'run is at step {wanted["step"]}; {_AGAIN.format(workdir)}'
    )
  return units
