"""Paths as a user types them."""

import os
import pathlib


def expanded(path: str | os.PathLike) -> pathlib.Path:
  """With `~` as the home; that of nobody stays as it is, and is not found."""
  return pathlib.Path(os.path.expanduser(path))
