"""The TFDS builder of SMIC."""

from facegen_jax.data.builders import smic
from facegen_jax.data.builders.download import Download, Variant
from facegen_jax.data.builders.smic.parse import parse


class Smic(Download):
  """SMIC; see the package for what it is and how it is laid out."""

  MANUAL_DOWNLOAD_INSTRUCTIONS = smic.__doc__
  PARSE = staticmethod(parse)
  VARIANTS = {
    f'{part.lower()}_{image_set}': Variant(
      {'part': part, 'image_set': image_set},
      smic.PUBLISHED.get(f'{part} long' if image_set == 'long' else part, {}),
    )
    for part in ('HS', 'VIS', 'NIR')
    for image_set in ('raw', 'cropped', 'long')
  }
