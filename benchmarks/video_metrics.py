"""PSNR and SSIM of a video: jitted, and scikit-image's loop on the same cores.

  python -m benchmarks.video_metrics [--frames=1000] [--size=256]

Prints seconds, frames a second and the largest difference of any frame. Both
start from uint8 frames in memory; compilation is timed apart. Expected: at
least 5 times faster, and differences below 1e-4 dB and 5e-5.
"""

import time

from absl import app, flags
import jax
import jax.numpy as jnp
import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from facegen_jax.metrics import image

_FRAMES = flags.DEFINE_integer('frames', 1000, 'Frames of the video.')
_SIZE = flags.DEFINE_integer('size', 256, 'Pixels a side.')
_CHUNK = flags.DEFINE_integer('chunk', 8, 'Frames at a time when jitted.')


def main(argv: list[str]) -> None:
  """Prints a line each way and a line of the comparison."""
  del argv
  a, b = _video(_FRAMES.value, _SIZE.value)
  start = time.monotonic()
  measure = _compiled(a)
  compiled = time.monotonic() - start
  start = time.monotonic()
  ours = _jitted(measure, a, b)
  quick = time.monotonic() - start
  start = time.monotonic()
  theirs = _loop(a, b)
  slow = time.monotonic() - start
  print(f'{len(a)} frames of {_SIZE.value} px, {jax.devices()[0].device_kind}')
  _print('jitted', quick, f', compiled in {compiled:.1f} s')
  _print('scikit-image', slow)
  difference = np.abs(ours - theirs).max(1)
  print(
    f'{slow / quick:.1f} times faster; at most {difference[0]:.1e} dB and '
    f'{difference[1]:.1e} of SSIM apart'
  )


def _print(name: str, seconds: float, more: str = '') -> None:
  rate = _FRAMES.value / seconds
  print(f'{name:<14}{seconds:7.2f} s {rate:8.1f} frames/s{more}', flush=True)


def _video(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
  """Soft moving waves with a camera's noise, and a worse copy: t h w 3."""
  rng = np.random.default_rng(0)
  y, x = np.mgrid[:size, :size].astype(np.float32)
  a, b = (np.empty((count, size, size, 3), np.uint8) for _ in range(2))
  for t in range(count):
    waves = np.sin(x / 17 + t / 9) + np.cos(y / 11 - t / 7)
    waves = np.stack([waves, np.roll(waves, 30, 0), -waves], -1)
    noise = rng.normal(0, 5, (2, size, size, 3)).astype(np.float32)
    a[t] = np.clip(128 + 45 * waves + noise[0], 0, 255)
    b[t] = np.clip(124 + 42 * waves + (0.2 + t / count) * noise[1], 0, 255)
  return a, b


def _both(a: jax.Array, b: jax.Array) -> jax.Array:
  a, b = (x.astype(jnp.float32) / 127.5 - 1 for x in (a, b))
  return jnp.stack([image.psnr(a, b), image.ssim(a, b)])


def _compiled(a: np.ndarray) -> jax.stages.Compiled:
  chunk = jax.ShapeDtypeStruct((_CHUNK.value, *a.shape[1:]), a.dtype)
  return jax.jit(_both).lower(chunk, chunk).compile()


def _jitted(
  measure: jax.stages.Compiled, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
  """PSNR and SSIM of every frame, 2 t; the last chunk is filled up."""
  out = []
  for i in range(0, len(a), _CHUNK.value):
    part = [x[i : i + _CHUNK.value] for x in (a, b)]
    short = _CHUNK.value - len(part[0])
    full = [np.pad(x, [(0, short)] + [(0, 0)] * 3) for x in part]
    out.append(measure(*full)[:, : len(part[0])])
  return np.concatenate(jax.device_get(out), 1)


def _loop(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  rows = []
  for x, y in zip(a, b, strict=True):
    similar = structural_similarity(
      x,
      y,
      channel_axis=-1,
      gaussian_weights=True,
      sigma=1.5,
      use_sample_covariance=False,
    )
    rows.append((peak_signal_noise_ratio(x, y), similar))
  return np.array(rows).T


if __name__ == '__main__':
  app.run(main)
