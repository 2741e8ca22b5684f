"""The TFDS builder of CASME II."""

from facegen_jax.data.builders import casme2
from facegen_jax.data.builders.casme2.parse import parse
from facegen_jax.data.builders.download import Download, Variant


class Casme2(Download):
  """CASME II; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = casme2.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {
    name: Variant({'image_set': name}, casme2.PUBLISHED)
    for name in ('raw', 'cropped')
  }
