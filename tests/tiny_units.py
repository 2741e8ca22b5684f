"""Boundaries of three units for tests, with normals that overlap."""

import numpy as np

from facegen_jax.systems.au_transfer.unit_file import Units

LAYERS, WIDTH, NUMBERS = 6, 5, (6, 12, 25)


def units_of(space='w', rows=LAYERS, layers=LAYERS, width=WIDTH, **more):
  """Boundaries by a fixed seed; `more` replaces what they tell."""
  rng = np.random.default_rng(7)
  normals = rng.standard_normal((3, width * (rows if space == 'wplus' else 1)))
  normals += 0.7 * normals[:1]
  normals /= np.linalg.norm(normals, axis=1, keepdims=True)
  told = {
    'names': tuple(f'AU{au}' for au in NUMBERS),
    'normals': normals,
    'intercepts': np.array([0.1, -0.2, 0.3]),
    'spread': np.array([0.5, 0.6, 0.7]),
    'mean_positive': np.array([2.0, 3.0, 4.0]),
    'mean_neutral': np.array([-1.0, -2.0, -0.5]),
    'accuracy_train': np.array([1.0, 0.9, 0.8]),
    'accuracy_held': np.array([0.9, np.nan, 0.7]),
    'counts': np.array([[9, 20, 3, 4]] * 3),
    'space': space,
    'rows': rows,
    'size': 16,
    'layers': layers,
    'w': width,
    'generator': '0123456789abcdef',
    'step': 7,
    'provenance': {'normal': 'svm'},
  }
  return Units(**told | more)
