"""PSNR and SSIM of pictures and clips in [-1, 1].

Both are computed on [0, 1]: SSIM is not the same number on tanh range.
Settings are Wang 2004's (11x11 Gaussian, sigma 1.5, population covariance,
valid region, mean over channels), equal to scikit-image's with
`gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.

A NaN pixel makes its picture NaN, and the clip of that picture. Every function
raises ValueError for integers, unequal shapes and known values beyond [-1, 1].
"""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

from facegen_jax.metrics import masked
from facegen_jax.metrics.signed import check_signed
from facegen_jax.metrics.ssim_map import WINDOW, ssim_map

PSNR_CAP = 100.0  # dB: what identical pictures get, instead of infinity
_CAP_MSE = 1e-10  # the mean squared error at the cap

# Which frame of the truth a frame is compared with: that of the same index,
# or the first (the neutral input). Numbers of the two are not comparable.
Reference = Literal['same', 'first']


class ClipScores(NamedTuple):
  """Means over the frames of clips, each (b), and what they leave unsaid.

  `identical` frames count 100 dB each. A mask may keep no pixel of a frame
  (`without_psnr`) or no whole window (`without_ssim`): left out of the means.
  """

  psnr: jax.Array
  ssim: jax.Array
  identical: jax.Array
  without_psnr: jax.Array
  without_ssim: jax.Array


def psnr(
  a: jax.Array, b: jax.Array, mask: jax.Array | None = None
) -> jax.Array:
  """PSNR in dB of b h w c pictures in [-1, 1] -> (b), at most 100.

  With `mask` (b h w 1, in [0, 1]) only over the pixels it keeps, which is not
  comparable with the number over all; NaN where it keeps none. Not for
  training: the slope at identity is not finite.
  """
  check_signed(a, b)
  if mask is None:
    return _decibel(_mse(a, b))
  return _decibel(masked.mse(a, b, mask, (1, 2, 3)))


def ssim(
  a: jax.Array, b: jax.Array, mask: jax.Array | None = None
) -> jax.Array:
  """SSIM of b h w c pictures in [-1, 1] -> (b); mean over RGB channels.

  With `mask` (b h w 1, in [0, 1]) the mean over windows, each weighted by the
  mask's least value in it: no pixel outside a mask of 0 and 1 counts. NaN
  where no window lies within. Raises ValueError below 11 pixels, where the
  window does not fit.
  """
  check_signed(a, b)
  if min(a.shape[-3:-1]) < WINDOW:
    raise ValueError(f'SSIM needs 11 x 11 pixels, not {a.shape[-3:-1]}')
  if mask is None:
    return _ssim(a, b)
  weight = masked.whole_windows(jnp.asarray(mask, jnp.float32))
  return _masked_ssim(a, b, weight)


def frame_psnr(
  a: jax.Array,
  b: jax.Array,
  *,
  reference: Reference = 'same',
  mask: jax.Array | None = None,
) -> jax.Array:
  """PSNR of every frame of clips b t h w c in [-1, 1] -> (b t).

  Args:
    a: the truth; with `reference='first'` only its first frame is read.
    b: what is judged.
    reference: frame of the truth to compare with.
    mask: b t h w 1, as in `psnr`.
  """
  return psnr(*_frames(a, b, reference, mask)).reshape(b.shape[:2])


def frame_ssim(
  a: jax.Array,
  b: jax.Array,
  *,
  reference: Reference = 'same',
  mask: jax.Array | None = None,
) -> jax.Array:
  """SSIM of every frame -> (b t), arguments as those of `frame_psnr`."""
  return ssim(*_frames(a, b, reference, mask)).reshape(b.shape[:2])


def clip_psnr(
  a: jax.Array,
  b: jax.Array,
  *,
  pooled: bool = False,
  reference: Reference = 'same',
  mask: jax.Array | None = None,
) -> jax.Array:
  """PSNR of clips -> (b), arguments as those of `frame_psnr`.

  The mean over frames, identical frames counting 100 dB (`identical` counts
  them), those of an empty mask left out; `pooled` is the PSNR of the clip's
  mean squared error instead.
  """
  if not pooled:
    frames = frame_psnr(a, b, reference=reference, mask=mask)
    return masked.frame_mean(frames, mask)
  check_signed(*_frames(a, b, reference, None)[:2])
  a = a[:, :1] if reference == 'first' else a
  return _decibel(masked.mse(a, b, mask, (1, 2, 3, 4)))


def clip_ssim(
  a: jax.Array,
  b: jax.Array,
  *,
  reference: Reference = 'same',
  mask: jax.Array | None = None,
) -> jax.Array:
  """Mean SSIM over frames -> (b), arguments as those of `frame_psnr`."""
  frames = frame_ssim(a, b, reference=reference, mask=mask)
  return masked.frame_mean(frames, mask, windows=True)


def clip_scores(
  a: jax.Array,
  b: jax.Array,
  *,
  reference: Reference = 'same',
  mask: jax.Array | None = None,
) -> ClipScores:
  """PSNR and SSIM of clips with all counts, arguments of `frame_psnr`."""
  frames = frame_psnr(a, b, reference=reference, mask=mask)
  return ClipScores(
    masked.frame_mean(frames, mask),
    clip_ssim(a, b, reference=reference, mask=mask),
    jnp.sum(frames >= PSNR_CAP, 1),
    jnp.sum(~masked.kept(mask, b.shape[:2]), 1),
    jnp.sum(~masked.kept(mask, b.shape[:2], windows=True), 1),
  )


def identical(psnrs: jax.Array) -> jax.Array:
  """How many of the PSNRs are at the cap, to print beside their mean."""
  return jnp.sum(psnrs >= PSNR_CAP)


def _decibel(mse: jax.Array) -> jax.Array:
  return -10 * jnp.log10(jnp.maximum(mse, _CAP_MSE))


# One picture at a time, whose planes stay in the cache: several times as fast
# on a CPU as a batch at once.
@jax.jit
def _mse(a: jax.Array, b: jax.Array) -> jax.Array:
  return jax.lax.map(lambda x: masked.mse(*x, None, (0, 1, 2)), (a, b))


@jax.jit
def _ssim(a: jax.Array, b: jax.Array) -> jax.Array:
  return jax.lax.map(lambda x: ssim_map(*x).mean(), (a, b))


@jax.jit
def _masked_ssim(a: jax.Array, b: jax.Array, weight: jax.Array) -> jax.Array:
  return jax.lax.map(masked.mean_ssim, (a, b, weight))


def _frames(
  a: jax.Array, b: jax.Array, reference: Reference, mask: jax.Array | None
) -> tuple[jax.Array, jax.Array, jax.Array | None]:
  """Clips as pictures, b t h w c -> (b t) h w c."""
  if reference not in ('same', 'first'):
    raise ValueError(f"reference is 'same' or 'first', not {reference!r}")
  if reference == 'first':
    a = jnp.broadcast_to(a[:, :1], (*a.shape[:1], b.shape[1], *a.shape[2:]))
  if mask is not None:
    mask = mask.reshape(-1, *mask.shape[2:])
  return a.reshape(-1, *a.shape[2:]), b.reshape(-1, *b.shape[2:]), mask
