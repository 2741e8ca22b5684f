"""Parity of the reader of StyleGAN's .pkl: every number as its siblings have.

A file of random weights, whose source raises if it is run.
"""

import pathlib

from facegen_jax.core.errors import UserError
from facegen_jax.weights.npz import read_npz
from facegen_jax.weights.parity_case import Case, Tolerance
from facegen_jax.weights.stylegan_files import read_stylegan
from facegen_jax.weights.stylegan_names import Arrays

_STEM, _PARAM = 'stylegan_tf_like_', 'param/'
_SIBLINGS = {'generator': 'stylegan_g_', 'discriminator': 'stylegan_d_'}
EXACT = Case(lambda config, params, inputs: {}, lambda name: Tolerance(0.0))


def arrays(path: pathlib.Path) -> tuple[Arrays, Arrays]:
  """What is read of a file, and what its siblings hold: network/name.

  Raises UserError if it cannot be read, or has no siblings.
  """
  if not path.stem.startswith(_STEM):
    raise UserError(f'no .npz is named for it: it is no {_STEM}*')
  found, ours, theirs = read_stylegan(path), {}, {}
  for name, stem in _SIBLINGS.items():
    sibling = path.with_name(f'{stem}{path.stem.removeprefix(_STEM)}.npz')
    for key, value in read_npz(sibling).items():
      if key.startswith(_PARAM):
        theirs[f'{name}/{key.removeprefix(_PARAM)}'] = value
    part = getattr(found, name) or {}
    ours |= {f'{name}/{key}': value for key, value in part.items()}
  return ours, theirs
