"""What MediaPipe's face landmarker makes of SynthFace.

python benchmarks/synthface_detector.py --face_landmarker=face_landmarker.task
  --landmark_map=mp478_to_ibug68.csv [--pictures=500] [--identities=30]

First table: faces found, landmark error in outer-eye-corner distances. Second:
each action unit alone from 0 to 1, rank correlation with and rise of the
blendshapes that stand for it.
"""

import argparse
import csv
import pathlib

import jax
import jax.numpy as jnp
import mediapipe as mp
from mediapipe.tasks import python as mp_tasks
import numpy as np
from scipy import stats

from facegen_jax.data import vocabulary
from facegen_jax.data.synthface import (
  landmarks,
  neutral_scene,
  render_batch,
  sample_expression,
  sample_identity,
  sample_scene,
)
from facegen_jax.data.synthface.clips import to_uint8

REGIONS = {
  'jaw': slice(0, 17),
  'brows': slice(17, 27),
  'nose': slice(27, 36),
  'eyes': slice(36, 48),
  'mouth': slice(48, 68),
}
PAIRS = {
  2: 'browOuterUp',
  4: 'browDown',
  5: 'eyeWide',
  6: 'cheekSquint',
  9: 'noseSneer',
  12: 'mouthSmile',
  15: 'mouthFrown',
  20: 'mouthStretch',
}
SINGLE = {1: 'browInnerUp', 17: 'mouthShrugLower', 26: 'jawOpen'}


def proxy(au: int, shapes: dict[str, float]) -> float:
  """Blendshape stand-in of an action unit."""

  def mean(name: str) -> float:
    return (shapes[name + 'Left'] + shapes[name + 'Right']) / 2

  if au == 25:
    jaw = np.clip(shapes['jawOpen'] - shapes['mouthClose'], 0, 1)
    return max(jaw, mean('mouthLowerDown'), mean('mouthUpperUp'))
  return shapes[SINGLE[au]] if au in SINGLE else mean(PAIRS[au])


def read_map(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
  """The two mesh points of each of the 68."""
  lines = [x for x in path.read_text().splitlines() if not x.startswith('#')]
  rows = list(csv.DictReader(lines))
  first = np.asarray([int(row['mp_a']) for row in rows])
  second = np.asarray([int(row['mp_b'] or row['mp_a']) for row in rows])
  return first, second


def detect(
  landmarker: mp_tasks.vision.FaceLandmarker, picture: np.ndarray
) -> tuple[np.ndarray, dict[str, float]] | None:
  """Mesh points in pixels `(478, 2)` and blendshapes, or None."""
  found = landmarker.detect(
    mp.Image(
      image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture)
    )
  )
  if not found.face_landmarks:
    return None
  mesh = np.asarray([[p.x, p.y] for p in found.face_landmarks[0]])
  shapes = {c.category_name: c.score for c in found.face_blendshapes[0]}
  return mesh * picture.shape[0] - 0.5, shapes


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


def report_random(
  landmarker: mp_tasks.vision.FaceLandmarker,
  table: tuple[np.ndarray, np.ndarray],
  count: int,
  size: int,
) -> None:
  """Share found and landmark error by region."""
  pictures, points = random_pictures(count, size)
  errors = []
  for picture, truth in zip(pictures, points, strict=True):
    found = detect(landmarker, picture)
    if found is not None:
      guess = (found[0][table[0]] + found[0][table[1]]) / 2
      unit = np.linalg.norm(truth[45] - truth[36])
      errors.append(np.linalg.norm(guess - truth, axis=-1) / unit)
  errors = np.asarray(errors)
  print(f'found {len(errors)} of {count} at {size} px')
  print(f'{"region":8}  median  mean')
  for name, part in {'all': slice(0, 68), **REGIONS}.items():
    region = errors[:, part]
    print(f'{name:8}  {np.median(region):.4f}  {region.mean():.4f}')


def sweep(
  landmarker: mp_tasks.vision.FaceLandmarker, au: int, count: int, size: int
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
    found = [detect(landmarker, picture) for picture in pictures]
    if all(x is not None for x in found):
      scores = [proxy(au, x[1]) for x in found]
      rho.append(stats.spearmanr(level, scores).statistic)
      rise.append(scores[-1] - scores[0])
  return rho, rise


def main() -> None:
  """Prints both tables."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--face_landmarker', required=True)
  parser.add_argument('--landmark_map', required=True, type=pathlib.Path)
  parser.add_argument('--pictures', type=int, default=500)
  parser.add_argument('--identities', type=int, default=30)
  parser.add_argument('--size', type=int, default=128)
  args = parser.parse_args()
  options = mp_tasks.vision.FaceLandmarkerOptions(
    base_options=mp_tasks.BaseOptions(model_asset_path=args.face_landmarker),
    output_face_blendshapes=True,
  )
  with mp_tasks.vision.FaceLandmarker.create_from_options(options) as model:
    table = read_map(args.landmark_map)
    report_random(model, table, args.pictures, args.size)
    print('AU   people  spearman  rise')
    for au in vocabulary.AUS:
      rho, rise = sweep(model, au, args.identities, args.size)
      middle = np.median(rho), np.median(rise)
      print(f'{au:<4} {len(rho):6}  {middle[0]:8.2f}  {middle[1]:+.3f}')


if __name__ == '__main__':
  main()
