"""Faces a second and clips a second of SynthFace on this machine.

python benchmarks/synthface_rate.py [--size=64] [--identities=100]
"""

import argparse
import tempfile
import time

import jax
import jax.numpy as jnp

from facegen_jax.data.synthface import (
  render_batch,
  sample_identity,
  sample_scene,
)
from facegen_jax.data.synthface.builder import SynthFaceConfig, prepare


def _faces(count: int) -> tuple:
  keys = jax.random.split(jax.random.key(0), count)
  identities = jax.jit(jax.vmap(sample_identity))(keys)
  scenes = jax.jit(jax.vmap(sample_scene))(keys)
  return jax.block_until_ready((identities, jnp.full((count, 12), 0.3), scenes))


def main() -> None:
  """Prints one row a measurement."""
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--size', type=int, default=64)
  parser.add_argument('--faces', type=int, default=512)
  parser.add_argument('--identities', type=int, default=100)
  args = parser.parse_args()
  faces = _faces(args.faces)
  start = time.perf_counter()
  compiled = render_batch.lower(*faces, size=args.size).compile()
  print(f'compile            {time.perf_counter() - start:8.2f} s')
  times, busy = [], []
  for _ in range(3):
    start, cpu = time.perf_counter(), time.process_time()
    jax.block_until_ready(compiled(*faces))
    times.append(time.perf_counter() - start)
    busy.append(time.process_time() - cpu)
  print(f'render_batch       {args.faces / min(times):8.1f} faces/s')
  print(f'                   {args.faces / min(busy):8.1f} faces/core second')
  start = time.perf_counter()
  config = SynthFaceConfig(
    name='rate', identities=args.identities, size=args.size
  )
  with tempfile.TemporaryDirectory() as folder:
    prepare(config, folder)
  count = args.identities * 6 * config.frames
  wall = time.perf_counter() - start
  print(f'builder            {wall:8.1f} s for {count} faces')


if __name__ == '__main__':
  main()
