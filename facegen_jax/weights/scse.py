"""Names of ai-med/squeeze_and_excitation (scSE)."""

from facegen_jax.weights.mapping import Table, conv2d, layer, linear


def names(prefix: str = '') -> Table:
  """Table to `nn.attention.ScSE`."""
  return {
    **layer(f'{prefix}cSE.fc1', ('squeeze',), linear),
    **layer(f'{prefix}cSE.fc2', ('excite',), linear),
    **layer(f'{prefix}sSE.conv', ('spatial',), conv2d),
  }
