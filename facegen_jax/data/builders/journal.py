"""Results of long work, kept one by one, so that a kill loses only the last."""

import hashlib
import json
import os
import pathlib
import shutil
from typing import Any


class Journal:
  """JSON values by key in a folder; each is written whole or not at all.

  A key names all that its value depends on, so that what is found is right.
  """

  def __init__(self, folder: str | os.PathLike | None) -> None:
    """Opens it, made by the first `put`; None: nothing is kept."""
    self._folder = pathlib.Path(folder) if folder is not None else None

  def get(self, key: str) -> Any | None:
    """What was put under a key, None for nothing."""
    if self._folder is None:
      return None
    try:
      return json.loads(self._path(key).read_text(encoding='utf-8'))
    except FileNotFoundError:
      return None

  def put(self, key: str, value: Any) -> None:
    """Keeps a value that JSON can hold; floats come back exactly."""
    if self._folder is None:
      return
    self._folder.mkdir(parents=True, exist_ok=True)
    path = self._path(key)
    part = path.with_suffix(f'.{os.getpid()}.part')
    part.write_text(json.dumps(value), encoding='utf-8')
    os.replace(part, path)

  def clear(self) -> None:
    """Drops everything: the work is done."""
    if self._folder is not None:
      shutil.rmtree(self._folder, ignore_errors=True)

  def _path(self, key: str) -> pathlib.Path:
    return (
      self._folder / f'{hashlib.sha256(key.encode()).hexdigest()[:32]}.json'
    )
