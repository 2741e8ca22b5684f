"""VGG-Face (Parkhi 2015), or a VGG-16 tuned from it, from a user's file.

AIP-GAN verifies faces by it, and compares expressions by one fine-tuned on
AffectNet. The paper names neither layer nor crop: identity is taken at fc7
after the ReLU, expression at the last convolution after its ReLU, flattened
and not pooled; pictures are resized to the network's input.
"""

from collections.abc import Mapping
from typing import Any

import jax

from facegen_jax.core.errors import UserError
from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.metrics.extractors.network import network
from facegen_jax.nn.vgg import VGG

IDENTITY, EXPRESSION = 'fc7', 'relu5_3'
TAPS = (IDENTITY, 'fc6', EXPRESSION, 'conv5_3', 'pool5')
LICENCE = (
  "that of the user's file; Oxford's VGG-Face is for non-commercial use only"
)


def vgg_face(
  sizes: Mapping[str, int],
  params: Mapping[str, Any],
  *,
  source: str,
  tap: str = IDENTITY,
  batch_size: int = 16,
) -> Extractor:
  """Rows of norm 1 from one layer of an imported VGG-16.

  Args:
    sizes: of `nn.vgg.VGG`, which with `params` is what
      `weights.vggface.load_vggface` reads from a file.
    params: its weights.
    source: the file's name, for tables.
    tap: one of `TAPS`.
    batch_size: pictures at a time.

  Raises:
    UserError: no such layer.
  """
  if tap not in TAPS:
    raise UserError(f'{tap!r} is no layer of VGG-Face: take {", ".join(TAPS)}')
  _, apply = pure(lambda rngs: VGG(**sizes, rngs=rngs))

  def embed(x: jax.Array, net: Variables) -> jax.Array:
    return apply(net, x, method='features')[0][tap]

  return network(
    f'VGG-16 {tap} of {source}',
    embed,
    (jax.device_put(Variables(params)),),
    licence=LICENCE,
    normalise=True,
    batch_size=batch_size,
  )
