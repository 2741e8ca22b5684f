"""What a file of StyleGAN leaves out, made so that the network is whole."""

import math
import zlib

import numpy as np

from facegen_jax.weights.stored import Sizes
from facegen_jax.weights.stylegan_names import Arrays
from facegen_jax.weights.stylegan_shapes import generator_shapes

_MEAN = 'truncation.w_avg'
_SAMPLES = 4096  # of z, for the mean of w
_RATE = 0.01
_GAIN = math.sqrt(2)


def _mean_code(arrays: Arrays, sizes: Sizes) -> np.ndarray:
  """The mean of w over normal z, as training would have tracked it."""
  x = np.random.default_rng(0).normal(size=(_SAMPLES, sizes['z']))
  x = (x / np.sqrt(np.square(x).mean(1, keepdims=True) + 1e-8)).astype('f4')
  for i in range(sizes['mapping_layers']):
    weight = arrays[f'mapping.dense{i}.weight']
    bias = arrays[f'mapping.dense{i}.bias']
    scale = _GAIN / math.sqrt(weight.shape[1]) * _RATE
    x = x @ (weight.T * np.float32(scale)) + bias * np.float32(_RATE)
    x = np.maximum(x, 0.2 * x)
  return x.mean(0)


def completed(arrays: Arrays, sizes: Sizes) -> tuple[Arrays, tuple[str, ...]]:
  """A generator's arrays, those that a file leaves out added; their names.

  The mean code is that of mapped z; a noise map is drawn, as the official
  training draws it, from a seed of its name; the pictures' layers of smaller
  sizes, which only growing uses, are 0.
  """
  shapes = generator_shapes(sizes)
  made: Arrays = {}
  for name in [name for name in shapes if name not in arrays]:
    value = np.zeros(shapes[name])
    if name == _MEAN:
      value = _mean_code(arrays, sizes)
    elif name.endswith('.noise'):
      seed = zlib.crc32(name.encode())
      value = np.random.default_rng(seed).normal(size=shapes[name])
    made[name] = value.astype(np.float32)
  return arrays | made, tuple(made)
