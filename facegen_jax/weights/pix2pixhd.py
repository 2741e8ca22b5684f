"""Names of NVIDIA/pix2pixHD's MultiscaleDiscriminator (instance norm)."""

from facegen_jax.weights.mapping import Table, conv2d, layer


def names(scales: int, n_layers: int, features_kept: bool) -> Table:
  """Table to `nn.patch_discriminator.MultiScaleDiscriminator`.

  pix2pixHD numbers scales from the coarsest; ours start with the finest.
  With `features_kept` (getIntermFeat) a layer is a Sequential of its own,
  else convolutions are 0, 2, 5, 8, ... of one Sequential.
  """
  table = {}
  for i in range(scales):
    theirs = scales - 1 - i
    for j in range(n_layers + 2):
      if features_kept:
        name = f'scale{theirs}_layer{j}.0'
      else:
        name = f'layer{theirs}.{max(3 * j - 1, 0)}'
      table.update(layer(name, ('scales', i, 'convs', j), conv2d))
  return table
