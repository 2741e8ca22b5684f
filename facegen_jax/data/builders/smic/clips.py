"""A clip of SMIC from its folder."""

from collections.abc import Iterator
import pathlib

from facegen_jax.data.builders.findings import Findings
from facegen_jax.data.builders.found import FoundClip

FPS = {'HS': 100.0, 'VIS': 25.0, 'NIR': 25.0}


def clip(
  findings: Findings, folder: pathlib.Path, subject: str, part: str
) -> Iterator[FoundClip]:
  """The clip of a folder, without labels; none where it has no pictures."""
  frames = findings.frames(folder)
  if not frames:
    return
  yield FoundClip(
    path=folder,
    subject=subject,
    clip=folder.name,
    numbers=tuple(frames),
    frames=tuple(frames.values()),
    fps=FPS[part],
    camera=part,
  )
