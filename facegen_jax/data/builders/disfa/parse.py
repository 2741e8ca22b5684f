"""Which clips a download of DISFA holds, cut from its videos.

A video tells how many frames it has only when it is opened, so this parser
opens them.
"""

from collections.abc import Iterator, Mapping
import os
import pathlib

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import video
from facegen_jax.data.builders import tree
from facegen_jax.data.builders.disfa import grades, landmarks, places
from facegen_jax.data.builders.findings import Findings
from facegen_jax.data.builders.found import Found, FoundClip

FPS = 20.0


def parse(
  manual_dir: str | os.PathLike,
  camera: str = 'left',
  window: int = 100,
  frame_counts: Mapping[str, int] | None = None,
) -> Found:
  """Clips of one camera: each video in windows, the last perhaps shorter.

  A clip is named by the camera and its first frame, 'left_0100'. Its numbers
  are those of decoded frames, from 0; they have gaps where a frame is not
  graded.

  Args:
    manual_dir: the folder with the download; see the package for its layout.
    camera: 'left' or 'right'.
    window: frames a clip.
    frame_counts: frames of the videos by person ('SN001') where that is known;
      the other videos are opened.

  Raises:
    UserError: no such camera or folder, or a window without frames.
  """
  if camera not in ('left', 'right'):
    raise UserError(f'DISFA has no camera {camera!r}; pick left or right')
  if window < 1:
    raise UserError(f'a window of {window} frames holds none; give 1 or more')
  root = _root(pathlib.Path(manual_dir).absolute(), camera)
  findings = Findings(root)
  clips = []
  for subject, path, labels in _people(findings, camera):
    graded = grades.read(findings, labels, subject)
    count = _count(findings, path, subject, frame_counts or {})
    landmarks.check(findings, subject, count)
    if graded and count is not None:
      usable = _usable(findings, path, graded, count)
      clips += _windows(path, subject, camera, usable, window)
  return findings.found(clips)


def _people(
  findings: Findings, camera: str
) -> list[tuple[str, pathlib.Path, pathlib.Path]]:
  """Who has both: name, video and folder of labels."""
  root = findings.root
  videos = places.videos(
    findings, places.below(root, places.videos_folder(camera)), camera
  )
  labels = places.people(findings, places.below(root, places.LABELS))
  for subject in sorted(labels.keys() - videos.keys()):
    findings.skip(labels[subject], f'no {camera} video of {subject}')
  for subject in sorted(videos.keys() - labels.keys()):
    findings.skip(videos[subject], f'no labels of {subject}')
  return [
    (subject, videos[subject], labels[subject])
    for subject in sorted(videos.keys() & labels.keys())
  ]


def _root(top: pathlib.Path, camera: str) -> pathlib.Path:
  wanted = places.LABELS, places.videos_folder(camera)
  return tree.find_root(
    top,
    lambda folder: all(places.below(folder, name) for name in wanted),
    f"DISFA's ActionUnit_Labels beside Videos_{camera.title()}Camera",
  )


def _count(
  findings: Findings,
  path: pathlib.Path,
  subject: str,
  frame_counts: Mapping[str, int],
) -> int | None:
  """Frames of a video; None = it is broken and skipped."""
  if subject in frame_counts:
    return frame_counts[subject]
  try:
    return video.probe(path).frames
  except (UserError, OSError) as error:
    findings.skip(path, str(error).removeprefix(f'{path}: '))
    return None


def _usable(
  findings: Findings, path: pathlib.Path, graded: grades.Grades, count: int
) -> np.ndarray:
  """Intensities of the frames that are both there and labelled; NaN = not."""
  length = len(graded.intensities)
  if length != count:
    findings.note(
      path,
      f'{count} frames but labels of {length}: {min(count, length)} are used',
    )
  usable = graded.intensities[:count]
  if np.isnan(usable).any(axis=1).all():
    findings.skip(path, 'no frame is labelled')
  for column, place in enumerate(graded.places):
    missing = np.flatnonzero(np.isnan(usable[:, column])).tolist()
    if missing:
      frames = grades.listed('decoded frame', missing)
      findings.note(place, f'no grade of {frames}: left out of the clip')
  return usable


def _windows(
  path: pathlib.Path,
  subject: str,
  camera: str,
  intensities: np.ndarray,
  window: int,
) -> Iterator[FoundClip]:
  """Clips of `window` decoded frames less those that are not graded."""
  graded = ~np.isnan(intensities).any(axis=1)
  for start in range(0, len(intensities), window):
    inside = np.flatnonzero(graded[start : start + window]) + start
    if inside.size:
      yield FoundClip(
        path=path,
        subject=subject,
        clip=f'{camera}_{inside[0]:04d}',
        numbers=tuple(inside.tolist()),
        au_intensities=intensities[inside],
        fps=FPS,
        camera=camera,
      )
