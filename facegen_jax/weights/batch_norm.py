"""PyTorch's names of a batch norm's arrays."""

from facegen_jax.weights.mapping import Table, Target, same


def norm(name: str, path: tuple[str | int, ...]) -> Table:
  """A batch norm at `path`, with its running statistics."""
  names = {
    'weight': 'scale',
    'bias': 'bias',
    'running_mean': 'mean',
    'running_var': 'var',
  }
  return {
    f'{name}.{theirs}': Target((*path, ours), same)
    for theirs, ours in names.items()
  }
