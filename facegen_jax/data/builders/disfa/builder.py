"""The TFDS builder of DISFA."""

from facegen_jax.data.builders import disfa
from facegen_jax.data.builders.disfa.parse import parse
from facegen_jax.data.builders.download import Download, Variant


class Disfa(Download):
  """DISFA; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = disfa.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {
    camera: Variant({'camera': camera}, {'subjects': 27})
    for camera in ('left', 'right')
  }
