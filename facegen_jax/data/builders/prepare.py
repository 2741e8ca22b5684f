"""Verifies a licensed download and prepares it once.

A changed download or setting is another dataset, in a folder of its own.
"""

from collections.abc import Callable
import functools
import hashlib
import importlib
import json
import os
import pathlib
from typing import Any, NamedTuple

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data.builders import report as report_lib
from facegen_jax.data.builders.download import (
  Download,
  DownloadConfig,
  example,
)
from facegen_jax.data.builders.found import Found, FoundClip
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.report import Report
from facegen_jax.data.builders.verify import Verified, verify
from facegen_jax.data.builders.write import full, write

OnFrames = Callable[
  [str, int, int], None
]  # (what is done, frames, of how many)


class Source(NamedTuple):
  """A download that a parser has read."""

  builder: type[Download]
  variant: str
  found: Found
  config: DownloadConfig


def find(
  name: str, manual_dir: str | os.PathLike, variant: str | None = None
) -> Source:
  """Parses a download; opens tables, no pictures.

  Args:
    name: one of `vocabulary.LICENSED`.
    manual_dir: the folder of the unpacked download.
    variant: one of the builder's `VARIANTS`, by default the first.

  Raises:
    UserError: no such variant, or nothing in the folder that fits.
  """
  module = importlib.import_module(f'facegen_jax.data.builders.{name}.builder')
  cls = getattr(module, name.title().replace('_', ''))
  variant = variant or next(iter(cls.VARIANTS))
  if variant not in cls.VARIANTS:
    raise UserError(
      f'{name} has no variant {variant!r}; there is {", ".join(cls.VARIANTS)}'
    )
  manual_dir = expanded(manual_dir).absolute()
  found = cls.PARSE(manual_dir, **cls.VARIANTS[variant].settings)
  if not found.clips:
    reasons = '; '.join(f'{s.path}: {s.reason}' for s in found.skipped[:3])
    raise UserError(
      f'{manual_dir}: no clip of {name} in it ({reasons or "no folder fits"}); '
      'compare it with the layout in the documentation of the builder'
    )
  mark = _fingerprint(cls, variant, found)
  config = DownloadConfig(
    name=f'{variant}-{mark}', variant=variant, fingerprint=mark
  )
  return Source(cls, variant, found, config)


def judge(source: Source, on_frames: OnFrames | None = None) -> Report:
  """Opens every frame and reports; writes nothing."""
  verified = _verified(source, Journal(None), on_frames)
  return _report(source, verified)


def prepare(
  source: Source,
  data_dir: str | os.PathLike,
  on_frames: OnFrames | None = None,
) -> Download:
  """Writes the dataset, or finds it whole and reuses it.

  Interrupted while it verifies, the next call goes on where it stopped.

  Returns:
    The builder: `.as_data_source('full')`; its report is
    `report.read(builder.data_dir)`.

  Raises:
    UserError: no frame at all can be used, or the disk is full.
  """
  data_dir = expanded(data_dir)
  builder = _builder(source, data_dir)
  if builder.data_path.exists():
    return builder
  name = f'{builder.name}-{source.config.name}'
  journal = Journal(data_dir / 'unfinished' / name)
  try:
    builder.verified = _verified(source, journal, on_frames)
  except OSError as error:  # reading never raises it, the journal may
    raise full(data_dir, error) from error
  builder.report = _report(source, builder.verified)
  if not builder.verified.clips:
    raise UserError(_nothing_usable(builder.report))
  builder.on_frames = _named('written', on_frames)
  write(builder, data_dir)
  journal.clear()
  return _builder(source, data_dir)


def earlier(source: Source, data_dir: str | os.PathLike) -> list[str]:
  """Datasets that this folder gave when it, or we, were different."""
  folder = expanded(data_dir) / source.builder.name
  others = []
  for path in sorted(folder.glob(f'{source.variant}-*/*/{report_lib.FILE}')):
    made = report_lib.read(path.parent)
    same = made.source == os.fspath(source.found.root)
    if same and made.fingerprint != source.config.fingerprint:
      others.append(os.fspath(path.parent))
  return others


def _builder(source: Source, data_dir: pathlib.Path) -> Download:
  return source.builder(
    data_dir=os.fspath(data_dir),
    config=source.config,
    file_format='array_record',
  )


def _verified(
  source: Source, journal: Journal, on_frames: OnFrames | None
) -> Verified:
  return verify(source.found, journal, _named('verified', on_frames))


def _nothing_usable(report: Report) -> str:
  reasons = '; '.join(f'{path} {reason}' for path, reason in report.skipped[:3])
  return (
    f'{report.source}: of {report.found} clips none can be used ({reasons}); '
    'unpack the download again'
  )


def _named(
  what: str, on_frames: OnFrames | None
) -> Callable[[int, int], None] | None:
  return on_frames and functools.partial(on_frames, what)


def _report(source: Source, verified: Verified) -> Report:
  report = Report(
    dataset=f'{source.builder.name} {source.variant}',
    source=os.fspath(source.found.root),
    fingerprint=source.config.fingerprint,
    found=len(source.found.clips),
    used=len(verified.clips),
    published=source.builder.VARIANTS[source.variant].published,
    content=verified.content,
    skipped=list(verified.skipped),
    notes=list(verified.notes),
  )
  for clip in verified.clips:
    report.count(example(clip, ()))
  return report


def _fingerprint(cls: type[Download], variant: str, found: Found) -> str:
  """Hash of all that the dataset is made from, contents by size and time."""
  parts: list[Any] = [str(cls.VERSION), variant]
  for clip in found.clips:
    files = clip.frames or (clip.path,)
    parts.append([*_labels(clip), *map(_mark, files)])
  return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _labels(clip: FoundClip) -> list[Any]:
  graded = clip.au_intensities
  return [
    clip.subject,
    clip.clip,
    clip.numbers,
    clip.emotion,
    (clip.onset, clip.apex, clip.offset),
    clip.aus,
    None if graded is None else graded.tolist(),
  ]


def _mark(path: pathlib.Path) -> list[Any]:
  try:
    stat = path.stat()
  except OSError as error:
    return [path.name, error.strerror]
  return [path.name, stat.st_size, stat.st_mtime_ns]
