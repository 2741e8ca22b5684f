"""Damages of frames and their folders, in all datasets of pictures."""

from damaged_downloads import harm as d
from damaged_downloads.real import picture
from damaged_downloads.variant import Damaged, variants
from PIL import Image

OUT = 'a link that leads out of the folder'
_LESS = 'of the numbers'
_UNKNOWN = 'does not decode (no BMP, JPEG or PNG)'
_QUARTER_TURN = 6  # EXIF's orientation


def frames(dataset: str) -> list[Damaged]:
  """Variants that are the same in all datasets of pictures."""
  mode, other = ('L', 'RGB') if dataset == 'samm' else ('RGB', 'L')
  png, turned = picture('PNG', mode=mode), _turned(mode)
  a, here = '{clip}', '{clip}/{frame}'
  bad = 'no frame can be used: '
  return variants(
    dataset,
    ('empty frame', d.frame(b''), [(a, '{frame} is empty')], 'ABC', 1),
    (
      'truncated frame',
      d.frame(d.half),
      [(a, 'left out: {frame} does not decode')],
      'ABC',
      1,
    ),
    (
      'a PNG without its end',
      d.frame(png[:-6]),
      [(a, '{frame} does not decode (damaged PNG)')],
      'ABC',
      1,
    ),
    ('text for a frame', d.frame(b'hello'), [(a, _UNKNOWN)], 'ABC', 1),
    (
      'a picture of a kind that no dataset has',
      d.frame(picture('PCX')),
      [(a, '{frame} ' + _UNKNOWN)],
      'ABC',
      1,
    ),
    (
      'mixed sizes',
      d.frame(picture(size=(20, 12))),
      [(a, '{frame} is 20x12')],
      'ABC',
      1,
    ),
    (
      'mixed modes',
      d.frame(picture(mode=other)),
      [(a, '{frame} is 16x12 ' + other)],
      'ABC',
      1,
    ),
    ('a turned frame', d.frame(turned), [(a, '{frame} is 12x16')], 'ABC', 1),
    ('no frame is good', d.every_frame(d.half), [(a, bad)], 'BC'),
    ('only empty frames', d.every_frame(b''), [(a, bad)], 'BC'),
    (
      'another kind of picture than named',
      d.every_frame(png),
      [(a, 'PNG files are named .')],
      'ABC',
    ),
    ('locked frame', d.frame_locked, [(a, '{frame} cannot be read')], 'ABC', 1),
    ('missing frame', d.frame_gone, [(a, _LESS)], 'ABC', 1),
    (
      'a folder named as a frame',
      d.frame_a_folder,
      [(here, 'a folder in a clip'), (a, _LESS)],
      'ABC',
      1,
    ),
    (
      'a pipe named as a frame',
      d.frame_a_pipe,
      [(here, 'neither file nor folder')],
      'ABC',
      1,
    ),
    ('frame links out', d.frame_link('outside.jpg'), [(here, OUT)], 'ABC', 1),
    (
      'frame links to nothing',
      d.frame_link('none.jpg'),
      [(here, 'a link to nothing')],
      'ABC',
      1,
    ),
    (
      'two frames of a number',
      d.beside('a{}.png'),
      [(a, 'with a number that is taken')],
      'ABC',
    ),
    (
      'a number beyond all numbers',
      d.beside('img20140508123000.bmp'),
      [(a, 'no numbered pictures: img20140508123000.bmp')],
      'ABC',
    ),
    (
      'a file that is no frame',
      d.beside('notes.txt'),
      [(a, 'left out, no numbered pictures: notes.txt')],
      'ABC',
    ),
    (
      'a picture without a number',
      d.beside('cover.jpg'),
      [(a, 'no numbered pictures: cover.jpg')],
      'ABC',
    ),
    (
      'a frame not named in UTF-8',
      d.beside('\udcff{}.jpg'),
      [(a, 'its name is not UTF-8')],
      'ABC',
    ),
    (
      'a line break in a name',
      d.beside('two\nlines.txt'),
      [(a, 'two\\nlines.txt')],
      'ABC',
    ),
    ('hidden files', (d.beside('._img1.jpg'), d.beside('.x')), [], 'ABC'),
    ('locked clip', d.clip_locked, [(a, 'cannot be listed')], 'BC'),
    ('clip without frames', d.clip_emptied, [(a, 'no frames')], 'BC'),
    ('clip links out', d.clip_elsewhere, [(a, OUT)], 'BC'),
    (
      'a file in place of a clip',
      d.clip_a_file,
      [('', '{name}: not in the folder of a clip')],
      'BC',
    ),
    (
      'a clip not named in UTF-8',
      d.clip_called('{}\udcff'),
      [('{clip}\\udcff', 'its name is not UTF-8')],
      'BC',
    ),
  )


def _turned(mode):
  exif = Image.Exif()
  exif[0x0112] = _QUARTER_TURN
  return picture(mode=mode, exif=exif)
