"""The twelve action units and the six expressions made of them."""

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.data import vocabulary


def _prototype(**units: float) -> np.ndarray:
  return np.asarray(
    [units.get(f'au{au}', 0.0) for au in vocabulary.AUS], np.float32
  )


# EMFACS-like prototypes; the intensity of a full, not exaggerated, apex.
EXPRESSIONS: dict[str, np.ndarray] = {
  'anger': _prototype(au4=0.95, au5=0.5, au17=0.6, au9=0.15),
  'disgust': _prototype(au4=0.4, au6=0.25, au9=0.95, au15=0.55, au17=0.55),
  'fear': _prototype(
    au1=0.9, au2=0.5, au4=0.5, au5=0.85, au20=0.85, au25=0.6, au26=0.15
  ),
  'happiness': _prototype(au6=0.8, au12=0.9, au25=0.6),
  'sadness': _prototype(au1=0.9, au4=0.5, au15=0.85, au17=0.5),
  'surprise': _prototype(au1=0.9, au2=0.9, au5=0.8, au25=0.6, au26=0.8),
}


def units(aus: jax.Array) -> dict[int, jax.Array]:
  """Intensities `(12,)` by action unit number."""
  return {au: aus[..., i] for i, au in enumerate(vocabulary.AUS)}


def sample_expression(key: jax.Array, emotion: str) -> jax.Array:
  """A person's own way of showing an emotion, `(12,)` in [0, 1]."""
  return vary(key, EXPRESSIONS[emotion])


@jax.jit
def vary(key: jax.Array, prototype: jax.Array) -> jax.Array:
  """A person's own way of showing `prototype`, `(12,)` in [0, 1].

  Each unit of the prototype is scaled by 0.7 to 1.1 and now and then a weak
  further unit appears.
  """
  scale_key, extra_key, which_key = jax.random.split(key, 3)
  shape = (len(vocabulary.AUS),)
  scale = jax.random.uniform(scale_key, shape, minval=0.7, maxval=1.1)
  extra = jax.random.uniform(extra_key, shape, maxval=0.15)
  extra *= jax.random.bernoulli(which_key, 0.12, shape)
  return jnp.clip(prototype * scale + extra, 0.0, 1.0)


def single(key: jax.Array, unit: jax.Array) -> jax.Array:
  """One unit at full intensity beside chance others, `(12,)` in [0, 1].

  Unit number `unit` of `vocabulary.AUS` is at 0.85 to 1; each other one shows
  with probability 0.2, at any intensity, so that no two always come together.
  """
  full_key, others_key, which_key = jax.random.split(key, 3)
  shape = (len(vocabulary.AUS),)
  others = jax.random.uniform(others_key, shape)
  others *= jax.random.bernoulli(which_key, 0.2, shape)
  full = jax.random.uniform(full_key, minval=0.85)
  return others.at[unit].set(full)
