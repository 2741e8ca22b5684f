"""Tiny downloads of the licensed datasets, laid out as they come.

`casme2`, `samm`, `smic`, `mug`, `oulu_casia` and `disfa` each build a valid
one in a folder and return it; the functions named after them make its parts.
`frame` is what a picture's file holds: nothing, since parsers open none, or an
encoded picture.
"""

import itertools
import json

import cv2
import numpy as np
import openpyxl
import tiny_clips

from facegen_jax.data import video
from facegen_jax.data.vocabulary import AUS

CASME2_BOOK = 'CASME2-coding-20140508.xlsx'
_CASME2_HEAD = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame')
_CASME2_HEAD += ('OffsetFrame', None, 'Action Units', 'Estimated Emotion')
SAMM_BOOK = 'SAMM_Micro_FACS_Codes_v2.xlsx'
_SAMM_HEAD = ('Subject', 'Filename', 'Inducement Code', 'Onset Frame')
_SAMM_HEAD += ('Apex Frame', 'Offset Frame', 'Duration', 'Micro')
_SAMM_HEAD += ('Action Units', 'Estimated Emotion', 'Objective Classes')
SMIC_HEAD = ('Subject', 'Filename', None, 'OnsetF', 'OffsetF', 'Emotion')
DISFA_COUNTS = {'SN001': 6, 'SN002': 6}  # frames of videos, as lines
_SMIC_WORDS = {'ne': 'negative', 'po': 'positive', 'sur': 'surprise'}


def expected(mini, name):
  """What the fake tree of a dataset holds."""
  return json.loads((mini / 'expected.json').read_text())['datasets'][name]


def names(found):
  return [(clip.subject, clip.clip) for clip in found.clips]


def clip_numbers(found):
  return {clip.clip: clip.numbers for clip in found.clips}


def paths(things):
  return [thing.path for thing in things]


def only(things):
  (thing,) = things
  return thing


def frames(folder, numbers, name, frame=b''):
  """A folder with a picture a number, `name` being a format; returns it."""
  folder.mkdir(parents=True, exist_ok=True)
  for number in numbers:
    (folder / name.format(number)).write_bytes(frame)
  return folder


def workbook(path, rows):
  book = openpyxl.Workbook()
  for row in rows:
    book.active.append(row)
  book.save(path)


def own_landmarks(path, clips, place=lambda number: 0.0):
  """A table of a face in each 64x48 picture of parsed clips; returns it.

  Args:
    path: of the CSV.
    clips: of `Found`.
    place: of a frame's number; how far right its face stands, pixels.
  """
  names = [f'{axis}_{i}' for axis in 'xy' for i in range(68)]
  lines = [','.join(['subject', 'clip', ' frame', *names])]
  for clip in clips:
    for number in clip.numbers:
      points = np.add(tiny_clips.landmarks(40), (12 + place(number), 4))
      cells = [f'{value:.3f}' for value in points.T.ravel()]
      lines.append(','.join([clip.subject, clip.clip, str(number), *cells]))
  path.write_text('\n'.join(lines) + '\n')
  return path


def casme2(folder, *, rows=None, name='img{}.jpg', frame=b''):
  """The clips that the rows name; subjects are numbers."""
  rows = rows or [casme2_row()]
  for subject, clip, *_ in rows:
    place = folder / f'sub{int(subject):02}' / clip
    casme2_clip(place, name=name, frame=frame)
  casme2_sheet(folder, rows)
  return folder


def casme2_clip(folder, numbers=(9, 10, 11), name='img{}.jpg', frame=b''):
  return frames(folder, numbers, name, frame)


def casme2_row(subject='01', clip='EP02_01f', aus='4+L10', word='Disgust '):
  return subject, clip, None, 9, 10, 11, None, aus, word


def casme2_sheet(folder, rows, name=CASME2_BOOK):
  workbook(folder / name, [_CASME2_HEAD, *rows])


def samm(folder, *, rows=None, frame=b''):
  """The clips that the rows name; subjects have three digits."""
  rows = rows or [samm_row()]
  for subject, clip, *_ in rows:
    samm_clip(folder / subject / clip, frame=frame)
  samm_sheet(folder, rows)
  return folder


def samm_clip(folder, numbers=(998, 999, 1000, 1001), digits=1, frame=b''):
  name = f'{folder.parent.name}_{{:0{digits}d}}.jpg'
  return frames(folder, numbers, name, frame)


def samm_row(subject='006', clip='006_1_2', apex=999, aus='A1B', word='Fear'):
  return subject, clip, 1, 998, apex, 1001, 4, 'Micro - 1/2', aus, word, 3


def samm_sheet(folder, rows, name=SAMM_BOOK):
  notes = [['a title'], ['Subject', 'number of the person'], *[[None]] * 11]
  workbook(folder / name, [*notes, _SAMM_HEAD, *rows])


def smic(folder, *, clips=('s1_ne_01',), part='HS', frame=b''):
  """The raw set; a clip's name tells its person and emotion."""
  for clip in clips:
    person, word, _ = clip.split('_')
    smic_clip(folder, _SMIC_WORDS[word], clip, person, part, frame)
  return folder


def smic_clip(
  root, word='negative', clip='s1_ne_01', person='s1', part='HS', frame=b''
):
  folder = root / 'SMIC_all_raw' / part / person / 'micro' / word / clip
  return smic_frames(folder, (9, 10, 11), frame=frame)


def smic_frames(folder, numbers, name='image{:06d}.bmp', frame=b''):
  return frames(folder, numbers, name, frame)


def smic_long(root, *rows, head=SMIC_HEAD, part='HS', frame=b''):
  """The long clip s1_ne_01, frames 5 to 14, and a sheet of these rows."""
  place = root / f'{part}_long'
  person = place / f'SMIC-{part}-E' / 's01'
  smic_frames(person / 's1_ne_01', range(5, 15), frame=frame)
  workbook(place / f'SMIC-{part}-E_annotation.xlsx', [head, *rows])
  return root


def mug(folder, *, subjects=('001',), emotions=('anger',), frame=b''):
  """A take of each emotion of each subject."""
  for subject, emotion in itertools.product(subjects, emotions):
    mug_take(folder / subject / emotion / 'take000', frame=frame)
  return folder


def mug_take(folder, numbers=range(3), frame=b''):
  return frames(folder, numbers, 'img_{:04}.jpg', frame)


def oulu_casia(
  folder,
  *,
  bands=('VL',),
  lights=('Strong',),
  subjects=('P001',),
  emotions=('Anger',),
  frame=b'',
):
  """A clip of each emotion of each subject in each condition."""
  for levels in itertools.product(bands, lights, subjects, emotions):
    oulu_casia_clip(folder.joinpath(*levels), frame=frame)
  return folder


def oulu_casia_clip(folder, numbers=range(3), frame=b''):
  return frames(folder, numbers, '{:03}.jpeg', frame)


def disfa(folder, *, subjects=('SN001',), lines=6, camera='left', frame=b''):
  """Labels and a video of each subject."""
  for subject in subjects:
    disfa_person(folder, subject, lines=lines, camera=camera, frame=frame)
  return folder


def disfa_person(
  root, subject='SN001', *, lines=6, camera='left', frame=b'', shown=None
):
  """Returns the folder of labels; line k grades AU n as (k + n) % 6.

  Without `frame` the video is an empty file; with it, it shows that picture
  `shown` times, else once a line.
  """
  labels = root / 'ActionUnit_Labels' / subject
  labels.mkdir(parents=True)
  for au in AUS:
    text = ''.join(f'{k},{(k + au) % 6}\n' for k in range(1, lines + 1))
    (labels / f'{subject}_au{au}.txt').write_text(text)
  videos = root / f'Videos_{camera.title()}Camera'
  videos.mkdir(exist_ok=True)
  path = videos / f'{camera.title()}Video{subject}_comp.avi'
  if frame:
    _film(path.with_suffix('.mp4'), frame, shown or lines)
  else:
    path.touch()
  return labels


def _film(path, frame, count):
  data = np.frombuffer(frame, np.uint8)
  picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
  height, width, _ = picture.shape
  with video.Writer(path, width=width, height=height, rate=20) as writer:
    for _ in range(count):
      writer.write(picture)
