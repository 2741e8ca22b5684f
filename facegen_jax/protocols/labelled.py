"""Who and which emotion the clips of a folder show, by its labels.csv."""

from collections.abc import Mapping
import os
import pathlib
from typing import NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.data import video
from facegen_jax.data.builders.folder import labels
from facegen_jax.protocols.footage import Listing


class Who(NamedTuple):
  """What a table of labels says of clips, by name; '' where it says nothing."""

  emotion: Mapping[str, str]
  subject: Mapping[str, str]


NOBODY = Who({}, {})


def who(listing: Listing, given: str | os.PathLike | None = None) -> Who:
  """Reads `given`, or labels.csv in the folder if there is one.

  Its columns are those of `data.builders.folder.labels`; a file is a video or
  a folder of pictures, by its path from the root.

  Raises:
    UserError: no such table, a damaged one, or none of its rows is a clip.
  """
  path = labels.find(listing.root, given)
  if path is None:
    return NOBODY
  rows = {_name(k): v for k, v in labels.read(path).items()}
  if not set(rows) & set(listing.clips):
    raise UserError(
      f'{path}: no row names a clip of {listing.root}; there is '
      f'{next(iter(listing.clips))}'
    )
  return Who(
    {name: row.emotion for name, row in rows.items()},
    {name: row.subject for name, row in rows.items()},
  )


def _name(file: str) -> str:
  path = pathlib.PurePosixPath(file)
  is_video = path.suffix.lower() in video.SUFFIXES
  return (path.with_suffix('') if is_video else path).as_posix()
