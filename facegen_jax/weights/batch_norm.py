"""PyTorch's names of a norm's arrays."""

from facegen_jax.weights.mapping import Table, Target, same


def affine(name: str, path: tuple[str | int, ...]) -> Table:
  """The scale and the bias of any norm at `path`."""
  names = {'weight': 'scale', 'bias': 'bias'}
  return _vectors(name, path, names)


def norm(name: str, path: tuple[str | int, ...]) -> Table:
  """A batch norm at `path`, with its running statistics."""
  names = {'running_mean': 'mean', 'running_var': 'var'}
  return {**affine(name, path), **_vectors(name, path, names)}


def _vectors(
  name: str, path: tuple[str | int, ...], names: dict[str, str]
) -> Table:
  return {
    f'{name}.{theirs}': Target((*path, ours), same)
    for theirs, ours in names.items()
  }
