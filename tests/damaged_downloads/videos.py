"""Damages of videos and of their files of labels: DISFA."""

from damaged_downloads import harm as d
from damaged_downloads import harm_video as v
from damaged_downloads.frames import OUT
from damaged_downloads.real import picture
from damaged_downloads.variant import variants

_AU1, _PEOPLE = 'SN001_au1.txt', 'ActionUnit_Labels'
_VIDEO = 'Videos_LeftCamera/LeftVideoSN001_comp.'


def _shifted(text):
  lines = [line.split(',') for line in text.split()]
  return ''.join(f'{int(frame) + 50},{grade}\n' for frame, grade in lines)


def _upto(count):
  return lambda text: ''.join(text.splitlines(True)[:count])


DISFA = variants(
  'disfa',
  ('no bytes', v.film(b''), [(_VIDEO, 'the file is empty')], 'BC'),
  ('text', v.film(b'hello'), [(_VIDEO, 'not a readable video')], 'BC'),
  ('half of it', v.film(d.half), [(_VIDEO, 'copy')], 'BC'),
  ('an AVI', v.avi(1.0), [], 'ABC'),
  ('most of an AVI', v.avi(0.4), [(_VIDEO + 'avi', 'cut short')], 'BC'),
  ('start of an AVI', v.avi(0.02), [(_VIDEO + 'avi', 'copy')], 'BC'),
  (
    'a picture',
    v.film(picture()),
    [(_VIDEO, '1 frames but labels of 6')],
    'ABC',
    5,
  ),
  ('a pipe', v.film_a_pipe, [(_VIDEO, 'neither file')], 'BC'),
  ('out', d.linked(_VIDEO + 'mp4', 'o.mp4'), [(_VIDEO, OUT)], 'BC'),
  (
    'no video',
    d.gone(_VIDEO + 'mp4'),
    [(f'{_PEOPLE}/SN001', 'no left video of SN001')],
    'BC',
  ),
  (
    'no labels',
    d.gone(f'{_PEOPLE}/SN001'),
    [(_VIDEO, 'no labels of SN001')],
    'BC',
  ),
  (
    'a label file missing',
    d.gone(f'{_PEOPLE}/SN001/{_AU1}'),
    [(f'{_PEOPLE}/SN001', 'SN001_au1.txt missing')],
    'BC',
  ),
  (
    'a locked label file',
    d.locked(f'{_PEOPLE}/SN001/{_AU1}'),
    [(_AU1, 'cannot be read (Permission denied)')],
    'BC',
  ),
  (
    'locked labels',
    d.locked(f'{_PEOPLE}/SN001'),
    [(f'{_PEOPLE}/SN001', 'cannot be listed')],
    'BC',
  ),
  (
    'a nonsense line',
    v.labels(lambda text: text.replace('3,', 'three,'), (1,)),
    [(_AU1, "no 'frame,grade 0 to 5' in line 3"), (_AU1, 'decoded frame 2')],
    'ABC',
    1,
  ),
  (
    'nonsense alone',
    v.labels(lambda _: 'a\nb\n'),
    [(_AU1, 'in lines 1, 2: passed over'), (_VIDEO, 'no frame is labelled')],
    'BC',
  ),
  (
    'one file of nonsense',
    v.labels(lambda _: '\0\xff', (1,)),
    [(_AU1, 'in line 1'), (_VIDEO, 'no frame is labelled')],
    'BC',
  ),
  (
    'a file of another coding',
    v.labels(lambda text: text.encode('utf-16'), (1,)),
    [(_AU1, 'in lines 1'), (_VIDEO, 'no frame is labelled')],
    'BC',
  ),
  (
    'labels of no frame that there is',
    v.labels(_shifted, (1,)),
    [(_AU1, 'no grade of decoded frames 0'), (_VIDEO, 'no frame is labelled')],
    'BC',
  ),
  (
    'an empty label file',
    v.labels(lambda _: '', (1,)),
    [('SN001', 'end at frames 0, 6'), (_VIDEO, 'no frame is labelled')],
    'BC',
  ),
  (
    'labels shorter than the video',
    v.labels(_upto(4)),
    [(_VIDEO, '6 frames but labels of 4: 4 are used')],
    'ABC',
    2,
  ),
  (
    'labels longer than the video',
    v.labels(lambda text: text + '7,0\n8,0\n'),
    [(_VIDEO, '6 frames but labels of 8: 6 are used')],
    'ABC',
  ),
  (
    'one file shorter',
    v.labels(_upto(5), (1,)),
    [(f'{_PEOPLE}/SN001', 'the label files end at frames 5, 6')],
    'ABC',
    1,
  ),
  (
    'a frame twice',
    v.labels(lambda text: text + '2,0\n', (1,)),
    [(_AU1, 'a frame again in line 7')],
    'ABC',
  ),
  (
    'a grade too high',
    v.labels(lambda text: text.replace('1,2', '1,6'), (1,)),
    [(_AU1, 'in line 1: passed over')],
    'ABC',
    1,
    'left_0001',
  ),
  (
    'a second video',
    d.put('Videos_LeftCamera/leftvideosn001.mp4'),
    [('', 'a second video of SN001')],
    'ABC',
  ),
  (
    'a second label file',
    d.copied(f'{_PEOPLE}/SN001/{_AU1}', f'{_PEOPLE}/SN001/SN001_au01.txt'),
    [('SN001/SN001_au', 'a second file of AU1')],
    'ABC',
  ),
  (
    'an unknown unit',
    d.put(f'{_PEOPLE}/SN001/SN001_au7.txt'),
    [('SN001_au7.txt', 'not a label file of SN001')],
    'ABC',
  ),
  (
    'no person',
    d.folder(f'{_PEOPLE}/old'),
    [('Labels/old', 'not named like a person')],
    'ABC',
  ),
  (
    'no video of a person',
    d.put('Videos_LeftCamera/readme.txt'),
    [('readme.txt', 'not named like a video')],
    'ABC',
  ),
  ('no label at all', d.gone(_PEOPLE), [('', 'ActionUnit_Labels')], ''),
  ('no videos', d.gone('Videos_LeftCamera'), [('', 'Videos_Left')], ''),
  ('nested', d.deeper(['DISFA', 'DISFA']), [], 'ABC'),
  ('wrong case', d.moved(_PEOPLE, _PEOPLE.upper()), [], 'ABC'),
  (
    'landmarks of another count',
    d.put('Landmark_Points/SN001/tmp_frame_lm/SN001_0000_lm.mat'),
    [('SN001/tmp_frame_lm', '1 landmark files for 6 frames')],
    'ABC',
  ),
  ('hidden files', d.put(f'{_PEOPLE}/.DS_Store'), [], 'ABC'),
)
