"""A generator and its features as two matrices, and their encoder."""

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np

from facegen_jax.core.state import State
from facegen_jax.encoding import Encoder

LAYERS, W, SIDE, FEATURES = 2, 6, 8, 40
_RNG = np.random.default_rng(0)
_PAINT = _RNG.normal(size=(LAYERS * W, SIDE * SIDE * 3)) / (LAYERS * W) ** 0.5
_SEEN = _RNG.normal(size=(SIDE * SIDE * 3, FEATURES)) / SIDE
CODES = _RNG.normal(size=(3, LAYERS, W)).astype(np.float32)


def render(codes):
  flat = codes.reshape(len(codes), -1) @ jnp.asarray(_PAINT, jnp.float32)
  return jnp.tanh(flat).reshape(-1, SIDE, SIDE, 3)


def feature(pictures):
  flat = pictures.reshape(len(pictures), -1)
  return flat @ jnp.asarray(_SEEN, jnp.float32)


def maps(pictures):
  return [pictures, pictures[:, ::2, ::2]]


class System:
  """What an encoder asks of a system; v is nearly right."""

  layers = LAYERS

  def frozen(self):
    return {}

  def render(self, nets, frozen, codes):
    return render(codes)

  def synthesise(self, nets, codes):
    return render(codes)

  def encode_feature(self, nets, frozen, pictures):
    return feature(pictures)

  def encode_maps(self, nets, frozen, pictures):
    return maps(pictures)

  def first_code(self, nets, frozen, pictures):
    flat = jnp.arctanh(jnp.clip(pictures, -0.99, 0.99)).reshape(-1, SIDE**2 * 3)
    found = flat @ jnp.asarray(np.linalg.pinv(_PAINT), jnp.float32)
    return found.reshape(-1, LAYERS, W) + 0.1

  def mean_code(self, nets, frozen):
    return jnp.zeros((LAYERS, W))

  def random_codes(self, nets, frozen, key, count):
    return jax.random.normal(key, (count, LAYERS, W))


def config(**encode):
  """Of a run of that system."""
  found = {
    'system': 'au_transfer',
    'data': {'name': 'synth_face', 'crop': 'whole', 'size': SIDE},
    'model': {'w': W},
    'encode': {
      'iterations': 60,
      'rate': 0.05,
      'optimizer': 'adam',
      'decay': 'none',
      'threshold': 0.2,
      'stop': True,
      'start': 'v',
      'pixels': 0.0,
      'conv': 0.0,
      'pull': 0.0,
    }
    | encode,
    'evaluate': {'batch_size': 2},
  }
  return ml_collections.ConfigDict(found)


def encoder(**encode):
  """At step 7 of that run."""
  return Encoder(System(), State(jnp.int32(7), {}), config(**encode))
