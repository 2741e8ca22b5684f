"""Tiny downloads whose pictures and videos are real, of three clips each.

`DOWNLOADS[name](folder)` builds one and returns its `Place`. Clips A and B are
of one person, C is of another; of DISFA each is of its own.
"""

from collections.abc import Callable
import dataclasses
import io
import pathlib
import shutil

import numpy as np
from PIL import Image
import pytest
import tiny_downloads as tiny

FRAMES = {'samm': 4, 'smic long': 10, 'disfa': 6}  # of a clip, else 3


@dataclasses.dataclass(frozen=True)
class Place:
  """A download of three clips A, B and C; what lies in A is damaged."""

  root: pathlib.Path  # what the user names
  clip: pathlib.Path  # the folder, of disfa the video, of clip A
  monkeypatch: pytest.MonkeyPatch | None = None

  @property
  def frames(self) -> list[pathlib.Path]:
    return sorted(self.clip.iterdir(), key=lambda p: (len(p.name), p.name))

  @property
  def frame(self) -> pathlib.Path:
    """The second of the clip."""
    return self.frames[1]

  @property
  def book(self) -> pathlib.Path:
    return next(self.root.rglob('*.xlsx'))

  def moved(
    self, root: pathlib.Path, monkeypatch: pytest.MonkeyPatch
  ) -> 'Place':
    """A copy of the download elsewhere."""
    shutil.copytree(self.root, root)
    return Place(root, root / self.clip.relative_to(self.root), monkeypatch)


def picture(kind='JPEG', size=(16, 12), mode='RGB', **options) -> bytes:
  noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3))
  stream = io.BytesIO()
  image = Image.fromarray(noise.astype(np.uint8)).convert(mode)
  image.save(stream, kind, **options)
  return stream.getvalue()


def _mug(folder):
  frame = picture()
  tiny.mug(folder, emotions=('anger', 'fear'), frame=frame)
  tiny.mug(folder, subjects=('002',), frame=frame)
  return Place(folder, folder / '001/anger/take000')


def _oulu_casia(folder):
  frame = picture()
  tiny.oulu_casia(folder, emotions=('Anger', 'Fear'), frame=frame)
  tiny.oulu_casia(folder, subjects=('P002',), frame=frame)
  return Place(folder, folder / 'VL/Strong/P001/Anger')


def _casme2(folder):
  folder.mkdir()
  names = ('01', 'EP02_01f'), ('01', 'EP03_02'), ('02', 'EP01_11')
  rows = [tiny.casme2_row(*name) for name in names]
  tiny.casme2(folder, rows=rows, frame=picture())
  return Place(folder, folder / 'sub01/EP02_01f')


def _samm(folder):
  folder.mkdir()
  names = ('006', '006_1_2'), ('006', '006_1_3'), ('007', '007_3_1')
  rows = [tiny.samm_row(*name) for name in names]
  tiny.samm(folder, rows=rows, frame=picture(mode='L'))
  return Place(folder, folder / '006/006_1_2')


def _smic(folder):
  clips = ('s1_ne_01', 's1_po_02', 's2_sur_01')
  tiny.smic(folder, clips=clips, frame=picture('BMP'))
  place = folder / 'SMIC_all_raw/HS/s1/micro/negative/s1_ne_01'
  return Place(folder, place)


def _smic_long(folder):
  people = folder / 'HS_long' / 'SMIC-HS-E'
  clips = {
    's1_ne_01': 'negative',
    's1_po_02': 'positive',
    's2_sur_01': 'surprise',
  }
  for clip in clips:
    place = people / f's0{clip[1]}' / clip
    tiny.smic_frames(place, range(5, 15), frame=picture('BMP'))
  rows = [(k[:2], k, None, 7, 12, word) for k, word in clips.items()]
  book = folder / 'HS_long' / 'SMIC-HS-E_annotation.xlsx'
  tiny.workbook(book, [tiny.SMIC_HEAD, *rows])
  return Place(folder, people / 's01' / 's1_ne_01')


def _disfa(folder):
  people = 'SN001', 'SN002', 'SN003'
  tiny.disfa(folder, subjects=people, frame=picture())
  return Place(folder, folder / 'Videos_LeftCamera/LeftVideoSN001_comp.mp4')


DOWNLOADS: dict[str, Callable[[pathlib.Path], Place]] = {
  'mug': _mug,
  'oulu_casia': _oulu_casia,
  'casme2': _casme2,
  'samm': _samm,
  'smic': _smic,
  'smic long': _smic_long,
  'disfa': _disfa,
}
_CLIPS = {
  'mug': {'001': ['anger/take000', 'fear/take000'], '002': ['anger/take000']},
  'oulu_casia': {
    'P001': ['VL_Strong_Anger', 'VL_Strong_Fear'],
    'P002': ['VL_Strong_Anger'],
  },
  'casme2': {'sub01': ['EP02_01f', 'EP03_02'], 'sub02': ['EP01_11']},
  'samm': {'006': ['006_1_2', '006_1_3'], '007': ['007_3_1']},
  'smic': {'s1': ['s1_ne_01', 's1_po_02'], 's2': ['s2_sur_01']},
  'smic long': {'s1': ['s1_ne_01', 's1_po_02'], 's2': ['s2_sur_01']},
  'disfa': {f'SN00{k}': ['left_0000'] for k in (1, 2, 3)},
}


def clips(name: str) -> dict[str, tuple[str, str]]:
  """Subject and clip of A, B and C."""
  own = [(s, clip) for s, clips in _CLIPS[name].items() for clip in clips]
  return dict(zip('ABC', own, strict=True))
