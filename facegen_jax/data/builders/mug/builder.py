"""The TFDS builder of MUG."""

from facegen_jax.data.builders import mug
from facegen_jax.data.builders.download import Download, Variant
from facegen_jax.data.builders.mug.parse import parse


class Mug(Download):
  """MUG; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = mug.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {
    'takes': Variant({}, mug.PUBLISHED),
    'other_takes': Variant({'other_takes': True}, mug.PUBLISHED),
  }
