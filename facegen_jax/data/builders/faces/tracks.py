"""Where the face is in each frame of a prepared clip."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import faces, pictures
from facegen_jax.data.builders.journal import Journal

MIN_SHARE = 0.5  # of a clip's frames; with fewer faces it is mostly made up


class Track(NamedTuple):
  """One person's face through a clip."""

  landmarks: list[np.ndarray | None]  # 68 2 a frame, pixels; None = no face
  first: int  # the frame that the crop is made of: the onset, if it has a face
  most: int = 1  # faces in the frame that has the most


def name(record: Mapping[str, Any]) -> str:
  """Subject and clip, unique in a dataset."""
  return f'{record["subject"]}/{record["clip"]}'


def onset(record: Mapping[str, Any]) -> int:
  """The frame that a clip's crop ought to be made of."""
  return max(int(record['onset']), 0)


def detected(
  record: Mapping[str, Any],
  landmarker: Callable[[], faces.Landmarker],
  journal: Journal,
  key: str,
) -> Track:
  """Follows the onset's largest face to the end, and back to the start.

  Args:
    record: of a prepared clip.
    landmarker: gives the detector; not called where the journal has the clip.
    journal: of an interrupted run.
    key: of the clip in it.

  Raises:
    UserError: no face, hardly any, or one that is too small; names no clip.
  """
  known = journal.get(key)
  if known is None:
    track = _followed(record['frames'], onset(record), landmarker())
    listed = [None if f is None else f.tolist() for f in track.landmarks]
    journal.put(key, track._replace(landmarks=listed))
  else:
    track = Track(*known)
    arrays = [_array(face) for face in track.landmarks]
    track = track._replace(landmarks=arrays)
  return _checked(track)


def given(
  record: Mapping[str, Any], table: Mapping[int, np.ndarray] | None
) -> Track:
  """The user's own landmarks of a clip.

  Args:
    record: of a prepared clip.
    table: 68 2 by the frame's number in the footage; None = has no row.

  Raises:
    UserError: rows for none, or hardly any, of the clip's frames.
  """
  if table is None:
    raise UserError('no row of it among the landmarks')
  found = [table.get(int(number)) for number in record['frame_numbers']]
  return _checked(Track(found, _nearest(found, onset(record))))


def _followed(
  frames: Sequence[bytes], start: int, landmarker: faces.Landmarker
) -> Track:
  found: list[np.ndarray | None] = [None] * len(frames)
  most, anchor, last = 0, None, None
  ways = range(start, len(frames)), range(start - 1, -1, -1)
  for way in ways:
    last = anchor
    for i in way:
      seen = landmarker.detect(pictures.decode(frames[i]))
      most = max(most, len(seen))
      face = faces.same(seen, last)
      if face is not None:
        found[i], last = face.landmarks68, face
        anchor = anchor or face
  return Track(found, _nearest(found, start), most)


def _nearest(found: Sequence[np.ndarray | None], start: int) -> int:
  """The frame with a face that is nearest to `start`; `start` without any."""
  seen = [i for i, face in enumerate(found) if face is not None]
  return min(seen, key=lambda i: (abs(i - start), i), default=start)


def _checked(track: Track) -> Track:
  seen = [face for face in track.landmarks if face is not None]
  if not seen:
    raise UserError(f'no face in any of {len(track.landmarks)} frames')
  if len(seen) < MIN_SHARE * len(track.landmarks):
    raise UserError(
      f'a face in only {len(seen)} of {len(track.landmarks)} frames'
    )
  side = float(np.median([np.ptp(face, axis=0).prod() for face in seen])) ** 0.5
  if side < faces.MIN_FACE:
    raise UserError(f'the face is {side:.0f} px, under {faces.MIN_FACE} px')
  return track


def _array(face: list | None) -> np.ndarray | None:
  return None if face is None else np.array(face, np.float32)
