"""Names of gdlg/pytorch_compact_bilinear_pooling: hashes and signs."""

from facegen_jax.weights.mapping import Table, Target, same


def names(inputs: int = 2) -> Table:
  """Table to the sketches of `nn.bilinear.CompactBilinear`."""
  table = {}
  for i in range(inputs):
    table[f'h{i + 1}'] = Target(('hashes', i), same)
    table[f's{i + 1}'] = Target(('signs', i), same)
  return table
