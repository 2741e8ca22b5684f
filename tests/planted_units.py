"""Faces whose units are known, for the action-unit experiments.

A face of the planted generator is a plain colour, who it is, with twelve
patches, its units.
"""

import types

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer.unit_file import Units

SIZE, LAYERS, WHO = 16, 2, 3
_PLACES = [(3 * (i // 4) + 1, 4 * (i % 4)) for i in range(12)]
SAMPLED = 0.2  # how far samples' units stray


def paint(codes):
  """Codes b L 15 to pictures b 16 16 3: units 0.25 to 1 a patch of 3x3."""
  w = codes.mean(1)
  pictures = jnp.broadcast_to(
    0.5 * jnp.tanh(w[:, None, None, :WHO]), (len(w), SIZE, SIZE, 3)
  )
  for i, (y, x) in enumerate(_PLACES):
    level = jnp.clip(w[:, WHO + i], -0.25, 1) * 1.2 - 0.6
    pictures = pictures.at[:, y : y + 3, x : x + 3].set(
      level[:, None, None, None]
    )
  return pictures


def read(pictures):
  """The units of such pictures, b 12."""
  found = [pictures[:, y + 1, x + 1, 0] for y, x in _PLACES]
  return (jnp.stack(found, 1) + 0.6) / 1.2


class Planted:
  """The system: weights are how far samples' units stray."""

  def frozen(self):
    return {}

  def render(self, nets, frozen, codes):
    return paint(codes)

  def judged(self, nets, frozen, pictures):
    return read(pictures)

  def identity(self, nets, frozen, pictures):
    rows = pictures[:, -1, :].mean(1)
    return rows / jnp.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)

  def judge_features(self, nets, frozen, pictures):
    rows = jnp.concatenate([read(pictures), pictures[:, -1, -1]], 1)
    return {'pooled': rows, 'fc7': rows}

  def random_codes(self, nets, frozen, key, count):
    w = jax.random.normal(key, (count, WHO + 12)) * nets['stray']
    return jnp.repeat(w[:, None], LAYERS, 1)


NETS = {'stray': np.float32(SAMPLED)}


def units_of(mixing=0.0, names=AUS):
  """Boundaries of the planted units; `mixing` leans AU12's to AU6's."""
  normals = np.eye(WHO + 12)[WHO:]
  six, twelve = AUS.index(6), AUS.index(12)
  normals[twelve] += mixing * normals[six]
  normals /= np.linalg.norm(normals, axis=1, keepdims=True)
  normals = normals[[AUS.index(au) for au in names]]
  k = len(names)
  flat = np.zeros(k)
  return Units(
    names=tuple(f'AU{au}' for au in names),
    normals=normals,
    intercepts=flat - 0.5,
    spread=flat + 1,
    mean_positive=flat + 0.5,
    mean_neutral=flat - 0.5,
    accuracy_train=flat + 1,
    accuracy_held=flat + 1,
    counts=np.ones((k, 4), int),
    space='w',
    rows=LAYERS,
    size=SIZE,
    layers=LAYERS,
    w=WHO + 12,
    generator='',
    step=0,
  )


def config_of(mode='set', **evaluate):
  values = {
    'batch_size': 4,
    'samples': 12,
    'detected': 3,
    'people': 3,
    'pushed': 5,
    'push': 0.8,
    'strength': 0.9,
    'frames': 3,
    'rows': 2,
    'seed': 0,
  }
  return types.SimpleNamespace(
    data=types.SimpleNamespace(name='planted', size=SIZE, face_landmarker=''),
    units=types.SimpleNamespace(mode=mode, hold=True),
    evaluate=types.SimpleNamespace(**values | evaluate),
  )


def codes_of(count, seed=0):
  """Neutral faces."""
  rng = np.random.default_rng(seed)
  w = np.zeros((count, WHO + 12), np.float32)
  w[:, :WHO] = rng.normal(size=(count, WHO))
  return np.repeat(w[:, None], LAYERS, 1)
