"""Held-out pictures drawn again from their codes (Figures 7 and 8)."""

from typing import Any

import numpy as np

from facegen_jax.metrics.extractors.extractor import features
from facegen_jax.protocols import frames
from facegen_jax.protocols.units_model import Model


def told(
  model: Model,
  pictures: np.ndarray,
  codes: np.ndarray,
  subjects: list[str],
) -> dict[str, Any]:
  """SSIM, PSNR in dB, cosine of whom they show: means over n pictures.

  Args:
    model: draws and looks.
    pictures: n h w 3 uint8.
    codes: theirs, n L w.
    subjects: who they show; `others_cosine` is of pictures of different ones,
      null where there is but one.
  """
  made = model.render(codes)
  near = frames.scores(pictures, made)
  real, again = (features(model.identity, x).rows for x in (pictures, made))
  names = np.array(subjects)
  others = names[:, None] != names[None]
  return {
    'ssim': float(near.ssim.mean()),
    'psnr': float(near.psnr.mean()),
    'cosine': float((real * again).sum(1).mean()),
    'others_cosine': float((real @ real.T)[others].mean())
    if others.any()
    else None,
    'pictures': len(pictures),
    'people': len(set(subjects)),
  }
