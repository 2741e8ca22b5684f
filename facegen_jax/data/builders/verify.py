"""Opens every frame of what a parser found: what is damaged is left out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent import futures
import dataclasses
import hashlib
import io
import os
import pathlib
from typing import NamedTuple

from PIL import ExifTags, Image

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, video
from facegen_jax.data.builders import limits
from facegen_jax.data.builders.found import Found, FoundClip, Note, Skipped
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.tree import told

_NAMED = 3  # bad frames that a remark names
_KINDS = {'.jpg': 'JPEG', '.jpeg': 'JPEG', '.png': 'PNG', '.bmp': 'BMP'}
_QUARTER_TURNS = (5, 6, 7, 8)  # of EXIF, which OpenCV obeys
_READ = sorted(set(_KINDS.values()))  # Pillow opens more than OpenCV decodes


class Look(NamedTuple):
  """What opening a picture, or a whole video, showed."""

  fault: str = ''  # why it cannot be used, '' = it can
  kind: str = ''  # JPEG, PNG, ... or 'video'
  form: str = ''  # size and mode: '640x480 RGB'
  frames: int = 1  # that decode
  bytes: int = 0
  digest: str = ''  # SHA-256 of the file


class Verified(NamedTuple):
  """Clips whose frames all open and agree, and everything that is not so."""

  clips: tuple[FoundClip, ...]
  skipped: tuple[Skipped, ...]
  notes: tuple[Note, ...]
  sizes: tuple[int, ...]  # bytes of each clip's files
  content: str  # SHA-256 over the files of all clips, in order


def verify(
  found: Found,
  journal: Journal,
  on_frames: Callable[[int, int], None] | None = None,
) -> Verified:
  """Opens all frames; frames that do not fit leave, clips without any too.

  Size and mode of a clip are those of most of its frames.

  Args:
    found: what a parser found.
    journal: of an earlier, interrupted call: what it holds is not opened again.
    on_frames: told (frames done, of how many).
  """
  total = sum(len(clip.numbers) for clip in found.clips)
  clips, sizes, done, whole = [], [], 0, hashlib.sha256()
  skipped, notes = list(found.skipped), list(found.notes)
  for clip, looks in _looked(found.clips, journal):
    kept, fault, remarks = _sound(clip, looks)
    name = told(clip.path.relative_to(found.root).as_posix())
    if fault:
      skipped.append(Skipped(name, fault))
    else:
      notes += [Note(name, remark) for remark in remarks]
      used = [looks[path] for path in kept.frames or (kept.path,)]
      clips.append(kept)
      sizes.append(sum(look.bytes for look in used))
      whole.update(''.join(look.digest for look in used).encode())
    done += len(clip.numbers)
    if on_frames:
      on_frames(done, total)
  return Verified(
    tuple(clips),
    tuple(sorted(set(skipped))),
    tuple(sorted(set(notes))),
    tuple(sizes),
    whole.hexdigest(),
  )


def _looked(
  clips: Sequence[FoundClip], journal: Journal
) -> Iterator[tuple[FoundClip, dict[pathlib.Path, Look]]]:
  """Each clip with a look at its files; a video's is taken once."""
  last: tuple[pathlib.Path | None, Look] = (None, Look())
  workers = os.cpu_count() or 1
  with futures.ThreadPoolExecutor(workers) as pool:
    for clip in clips:
      if clip.frames:
        yield clip, _pictures(clip.frames, journal, pool)
        continue
      if clip.path != last[0]:
        last = clip.path, _kept(journal, (clip.path,), _film)[0]
      yield clip, {clip.path: last[1]}


def _pictures(
  paths: Sequence[pathlib.Path],
  journal: Journal,
  pool: futures.ThreadPoolExecutor,
) -> dict[pathlib.Path, Look]:
  looks = _kept(journal, paths, lambda *paths: pool.map(_picture, paths))
  return dict(zip(paths, looks, strict=True))


def _kept(
  journal: Journal,
  paths: Sequence[pathlib.Path],
  look: Callable[..., Iterable[Look]],
) -> list[Look]:
  """Looks at files, or what the journal says of them as they are now."""
  key = '\n'.join(_mark(path) for path in paths)
  known = journal.get(key)
  if known is None:
    known = list(look(*paths))
    journal.put(key, known)
  return [Look(*values) for values in known]


def _mark(path: pathlib.Path) -> str:
  try:
    stat = path.stat()
  except OSError as error:
    return f'{path} {error.strerror}'
  return f'{path} {stat.st_size} {stat.st_mtime_ns}'


def _picture(path: pathlib.Path) -> Look:
  try:
    data = path.read_bytes()
  except OSError as error:
    return Look(f'cannot be read ({error.strerror})')
  if not data:
    return Look('is empty')
  try:
    with Image.open(io.BytesIO(data), formats=_READ) as image:
      form = _form(image)
      # JPEG: every block is still read, an eighth of the pixels is made.
      image.draft(image.mode, (image.width // 8, image.height // 8))
      image.load()
      # Pillow is content with a PNG or BMP that OpenCV, the reader, refuses.
      if image.format in ('PNG', 'BMP') and pictures.decode(data) is None:
        return Look(f'does not decode (damaged {image.format})')
      return Look(
        kind=image.format,
        form=form,
        bytes=len(data),
        digest=hashlib.sha256(data).hexdigest(),
      )
  except Exception as error:  # Pillow's plugins raise a dozen kinds
    reason = str(error).splitlines() or [type(error).__name__]
    return Look(f'does not decode ({_plain(reason[0])})')


def _form(image: Image.Image) -> str:
  """Size and mode of the upright picture, as which it will be decoded."""
  width, height = image.size
  if image.getexif().get(ExifTags.Base.Orientation) in _QUARTER_TURNS:
    width, height = height, width
  return f'{width}x{height} {image.mode}'


def _plain(reason: str) -> str:
  """Without the address of the object that Pillow could not identify."""
  if reason.startswith('cannot identify'):
    return f'no {", ".join(_READ[:-1])} or {_READ[-1]}'
  return reason


def _film(path: pathlib.Path) -> list[Look]:
  try:
    frames = video.check(path)
    digest = hashlib.sha256()
    with path.open('rb') as file:
      while block := file.read(1 << 20):
        digest.update(block)
    size = path.stat().st_size
  except UserError as error:
    return [Look(str(error).removeprefix(f'{path}: '))]
  except OSError as error:
    return [Look(f'cannot be read ({error.strerror})')]
  return [Look('', 'video', '', frames, size, digest.hexdigest())]


def _sound(
  clip: FoundClip, looks: dict[pathlib.Path, Look]
) -> tuple[FoundClip, str, list[str]]:
  """The clip of its good frames, why there is none, and what was left out."""
  if not clip.frames:
    return _sound_video(clip, looks[clip.path])
  remarks, bad = [], {p: look.fault for p, look in looks.items() if look.fault}
  forms = Counter(look.form for look in looks.values() if not look.fault)
  most = forms.most_common(1)[0][0] if forms else ''
  for path, look in looks.items():
    if not look.fault and look.form != most:
      bad[path] = f'is {look.form}, most are {most}'
  good = [i for i, path in enumerate(clip.frames) if path not in bad]
  if not good:
    path, reason = next(iter(bad.items()))
    return clip, f'no frame can be used: {told(path.name)} {reason}', []
  if bad:
    remarks.append(f'left out: {_listed(bad)}')
  other = sorted({_disguise(p, look) for p, look in looks.items()} - {''})
  remarks += [f'{text}: taken for what they are' for text in other]
  kept, moved = _of_frames(clip, good)
  return kept, '', remarks + moved


def _sound_video(
  clip: FoundClip, look: Look
) -> tuple[FoundClip, str, list[str]]:
  if look.fault:
    return clip, look.fault, []
  good = [i for i, n in enumerate(clip.numbers) if n < look.frames]
  if not good:
    return clip, f'only {look.frames} frames decode: later clips left out', []
  remarks = []
  if len(good) < len(clip.numbers):
    remarks = [f'only {look.frames} frames decode: the others left out']
  kept, moved = _of_frames(clip, good)
  return kept, '', remarks + moved


def _of_frames(clip: FoundClip, good: list[int]) -> tuple[FoundClip, list[str]]:
  """The clip of some of its frames; onset, apex and offset among them."""
  if len(good) == len(clip.numbers):
    return clip, []
  numbers = tuple(clip.numbers[i] for i in good)
  ends = limits.limits(clip.onset, clip.apex, clip.offset, numbers, expected=())
  graded = clip.au_intensities
  kept = dataclasses.replace(
    clip,
    numbers=numbers,
    frames=tuple(clip.frames[i] for i in good) if clip.frames else (),
    onset=ends.onset,
    apex=ends.apex,
    offset=ends.offset,
    au_intensities=None if graded is None else graded[good],
  )
  return kept, list(ends.remarks)


def _disguise(path: pathlib.Path, look: Look) -> str:
  named = _KINDS.get(path.suffix.lower())
  if look.fault or look.kind == named:
    return ''
  return f'{look.kind} files are named {path.suffix}'


def _listed(bad: dict[pathlib.Path, str]) -> str:
  shown = [f'{told(path.name)} {why}' for path, why in bad.items()][:_NAMED]
  more = len(bad) - len(shown)
  return '; '.join(shown) + (f'; and {more} more' if more else '')
