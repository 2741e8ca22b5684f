"""What MediaPipe's face landmarker makes of SynthFace.

python -m benchmarks.synthface_detector [--face_landmarker=FILE]
  [--pictures=500] [--identities=30]

First table: faces found, landmark error in outer-eye-corner distances. Second:
each action unit alone from 0 to 1, rank correlation with and rise of the
blendshapes that stand for it.
"""

import argparse

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from facegen_jax.data import vocabulary
from facegen_jax.data.faces import Landmarker, largest
from facegen_jax.data.synthface import (
  landmarks,
  neutral_scene,
  render_batch,
  sample_expression,
  sample_identity,
  sample_scene,
)
from facegen_jax.data.synthface.clips import to_uint8
from facegen_jax.metrics.extractors.blendshapes import proxies

REGIONS = {
  'jaw': slice(0, 17),
  'brows': slice(17, 27),
  'nose': slice(27, 36),
  'eyes': slice(36, 48),
  'mouth': slice(48, 68),
}


def random_pictures(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
  """Pictures and true landmarks: neutral and each expression in turn."""
  keys = jax.random.split(jax.random.key(2024), count)
  other = jax.random.split(jax.random.key(2025), count)
  identities = jax.jit(jax.vmap(sample_identity))(keys)
  scenes = jax.jit(jax.vmap(sample_scene))(other)
  names = ['', *vocabulary.EMOTIONS]
  aus = [
    sample_expression(key, names[i % 7]) if i % 7 else jnp.zeros(12)
    for i, key in enumerate(keys)
  ]
  faces = (identities, jnp.stack(aus), scenes)
  points = jax.jit(jax.vmap(lambda i, a, s: landmarks(i, a, s, size)))(*faces)
  pictures = to_uint8(render_batch(*faces, size=size))
  return np.asarray(pictures), np.asarray(points)


def report_random(landmarker: Landmarker, count: int, size: int) -> None:
  """Share found and landmark error by region."""
  pictures, points = random_pictures(count, size)
  errors = []
  for picture, truth in zip(pictures, points, strict=True):
    face = largest(landmarker.detect(picture))
    if face is not None:
      unit = np.linalg.norm(truth[45] - truth[36])
      away = np.linalg.norm(face.landmarks68 - truth, axis=-1)
      errors.append(away / unit)
  errors = np.asarray(errors)
  print(f'found {len(errors)} of {count} at {size} px')
  print(f'{"region":8}  median  mean')
  for name, part in {'all': slice(0, 68), **REGIONS}.items():
    region = errors[:, part]
    print(f'{name:8}  {np.median(region):.4f}  {region.mean():.4f}')


def sweep(
  landmarker: Landmarker, au: int, count: int, size: int
) -> tuple[list[float], list[float]]:
  """Rank correlation and rise for each person."""
  level = np.linspace(0, 1, 6, dtype=np.float32)
  aus = jnp.outer(level, np.equal(vocabulary.AUS, au).astype(np.float32))

  def repeat(x: jax.Array) -> jax.Array:
    return jnp.broadcast_to(x, (len(level), *x.shape))

  scenes = jax.tree.map(repeat, neutral_scene())
  rho, rise = [], []
  for number in range(count):
    identity = sample_identity(jax.random.key(10_000 + number))
    faces = (jax.tree.map(repeat, identity), aus, scenes)
    pictures = np.asarray(to_uint8(render_batch(*faces, size=size)))
    found = [largest(landmarker.detect(picture)) for picture in pictures]
    if all(face is not None for face in found):
      scores = [float(proxies(face.blendshapes, [au])[0]) for face in found]
      rho.append(stats.spearmanr(level, scores).statistic)
      rise.append(scores[-1] - scores[0])
  return rho, rise


def main() -> None:
  """Prints both tables."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--face_landmarker')
  parser.add_argument('--pictures', type=int, default=500)
  parser.add_argument('--identities', type=int, default=30)
  parser.add_argument('--size', type=int, default=128)
  args = parser.parse_args()
  with Landmarker(args.face_landmarker, num_faces=1) as landmarker:
    report_random(landmarker, args.pictures, args.size)
    print('AU   people  spearman  rise')
    for au in vocabulary.AUS:
      rho, rise = sweep(landmarker, au, args.identities, args.size)
      middle = np.median(rho), np.median(rise)
      print(f'{au:<4} {len(rho):6}  {middle[0]:8.2f}  {middle[1]:+.3f}')


if __name__ == '__main__':
  main()
