"""The TFDS builder of Oulu-CASIA."""

from facegen_jax.data.builders import oulu_casia
from facegen_jax.data.builders.download import Download, Variant
from facegen_jax.data.builders.oulu_casia.parse import parse


class OuluCasia(Download):
  """Oulu-CASIA; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = oulu_casia.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {
    name: Variant({'image_set': name}, oulu_casia.PUBLISHED)
    for name in ('original', 'preprocessed')
  }
