"""Names of the arrays of MRAA's networks (PyTorch's, by its authors)."""

from facegen_jax.weights import fomm
from facegen_jax.weights.batch_norm import norm
from facegen_jax.weights.hourglass import Path, encoder, hourglass
from facegen_jax.weights.mapping import Table, conv2d, layer, linear

_AVD_LAYERS = 3  # hidden ones of each of its parts


def region_predictor(blocks: int, *, pca: bool = True) -> Table:
  """Table to `systems.facial_prior.regions.RegionPredictor`."""
  table = hourglass('predictor', ('hourglass',), blocks)
  table |= layer('regions', ('heat',), conv2d)
  return table if pca else table | layer('jacobian', ('affine',), conv2d)


def background(blocks: int, kind: str = 'affine') -> Table:
  """Table to `systems.facial_prior.background.Background`."""
  if kind == 'zero':
    return {}
  return {
    **encoder('encoder', ('encoder',), blocks),
    **layer('fc', ('head',), linear),
  }


# To `systems.facial_prior.flow.PixelwiseFlow`; FOMM's names.
flow = fomm.dense_motion


def generator(
  down_blocks: int, res_blocks: int, blocks: int, *, occlusion: bool = True
) -> Table:
  """Table to a `Generator` about a `PixelwiseFlow` of so many blocks."""
  motion = flow(blocks, occlusion=occlusion)
  name = 'pixelwise_flow_predictor'
  return fomm.generator(down_blocks, res_blocks, motion, name)


def _mlp(name: str, path: Path) -> Table:
  table = {}
  for i in range(_AVD_LAYERS):
    table |= layer(f'{name}.{3 * i}', (*path, 'layers', i), linear)
    table |= norm(f'{name}.{3 * i + 1}', (*path, 'norms', i))
  return table | layer(f'{name}.{3 * _AVD_LAYERS}', (*path, 'out'), linear)


def avd() -> Table:
  """Table to `systems.facial_prior.avd.AVD` of published widths."""
  return {
    **_mlp('id_encoder', ('identity',)),
    **_mlp('pose_encoder', ('pose',)),
    **_mlp('decoder', ('decoder',)),
  }
