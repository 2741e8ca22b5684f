"""The TFDS builder of SAMM."""

from facegen_jax.data.builders import samm
from facegen_jax.data.builders.download import Download, Variant
from facegen_jax.data.builders.samm.parse import parse


class Samm(Download):
  """SAMM; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = samm.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {'raw': Variant({}, samm.PUBLISHED)}
