"""Damages of the workbooks of CASME II, SAMM and SMIC-E."""

from damaged_downloads import harm as d
from damaged_downloads import harm_book as b
from damaged_downloads.variant import variants


def _coded(dataset, a, other, book, headers):
  """Clip A and another, the workbook, its columns of onset, offset and apex."""
  onset, offset, apex = headers
  row = f'{book} row '
  subject, clip = a.split('/')
  again = f'0{a}' if dataset == 'samm' else f'sub1/{clip}'
  empty = f'{subject[:-1]}9'
  return variants(
    dataset,
    ('no sheet', b.gone, [('', 'unpack the download')], ''),
    (
      'an old workbook',
      b.called(book.replace('.xlsx', '.xls')),
      [('', 'an .xls has to be saved as .xlsx')],
      '',
    ),
    ('an empty workbook', b.rows(lambda _: []), [(book, 'needs a row')], ''),
    ('no bytes in it', b.holds(b''), [(book, 'no readable workbook')], ''),
    ('text in it', b.holds(b'a,b\n'), [(book, 'no readable workbook')], ''),
    ('half of it', b.holds(d.half), [(book, 'no readable workbook')], ''),
    (
      'broken inside',
      b.holds(b.broken_inside),
      [(book, 'no readable workbook')],
      '',
    ),
    (
      'renamed column',
      b.header('Action Units', 'FACS'),
      [(book, 'needs a row of headers with'), ('', 'found subject, filename')],
      '',
    ),
    ('lock of an open workbook', d.put('~$' + book), [], 'ABC'),
    (
      'rows are lacking',
      b.rows(lambda table: table[:1]),
      [(a, 'no row in'), (other, f'no row in {book}')],
      'ABC',
    ),
    (
      'a clip without a row',
      b.rows(lambda table: table[:1] + table[2:]),
      [(a, f'no row in {book}: kept without a label')],
      'ABC',
    ),
    ('a row without a clip', d.gone(a), [(a, 'has no folder')], 'BC'),
    (
      'a row twice',
      b.rows(lambda table: [*table, table[1]]),
      [(row, f'{clip} again: row')],
      'ABC',
    ),
    (
      'a clip twice',
      d.copied(a, again),
      [(clip, f'a second clip {clip} of')],
      'ABC',
    ),
    (
      'unknown emotion',
      b.cell('Estimated Emotion', 'boredom'),
      [(a, 'emotion "boredom" is none of the dataset')],
      'ABC',
    ),
    (
      'no emotion',
      b.cell('Estimated Emotion', None),
      [(a, 'emotion "" is none of the dataset')],
      'ABC',
    ),
    (
      'nonsense for action units',
      b.cell('Action Units', '4 and some'),
      [(a, '"4 AND SOME" is none: left out')],
      'ABC',
    ),
    (
      'a line break in a cell',
      b.cell('Action Units', '4\nsome'),
      [(a, 'is none: left out')],
      'ABC',
    ),
    (
      'apex outside',
      b.cell(apex, 5000),
      [(a, 'apex 5000 lies outside')],
      'ABC',
    ),
    ('no apex', b.cell(apex, '/'), [(a, 'apex "/" is no frame')], 'ABC'),
    ('negative onset', b.cell(onset, -3), [(a, 'onset -3 before')], 'ABC'),
    ('an error for onset', b.cell(onset, '#REF!'), [(a, 'onset "#R')], 'ABC'),
    (
      'offset beyond the end',
      b.cell(offset, 99999999999),
      [(a, 'beyond the last frame')],
      'ABC',
    ),
    ('offset first', b.cell(offset, 1), [(a, 'before the first')], 'ABC'),
    ('fraction', b.cell(offset, 10.5), [(a, 'offset "10.5" is no')], 'ABC'),
    (
      'a row of nobody',
      b.cell('Subject', 'nobody'),
      [(row, 'names no clip: "nobody"'), (a, 'no row in')],
      'ABC',
    ),
    (
      'a row that leads out',
      b.cell('Filename', '../../x'),
      [('../../x', 'has no folder'), (a, 'no row in')],
      'ABC',
    ),
    ('no subject', d.folder('readme'), [('readme', 'not the folder')], 'ABC'),
    ('empty subject', d.folder(empty), [(empty, 'holds no clip')], 'ABC'),
  )


CASME2 = (
  *_coded(
    'casme2',
    'sub01/EP02_01f',
    'sub02/EP01_11',
    'CASME2-coding-20140508.xlsx',
    ('OnsetFrame', 'OffsetFrame', 'ApexFrame'),
  ),
  *variants(
    'casme2',
    (
      'an older workbook too',
      d.put('CASME2-coding-2013.xlsx'),
      [('', 'left out: CASME2-coding-2013.xlsx')],
      'ABC',
    ),
    ('wrong case', d.moved('sub01', 'SUB01'), [], 'ABC'),
    (
      'a subject in itself',
      (d.moved('sub01', 'x/sub01'), d.moved('x', 'sub01')),
      [],
      'ABC',
    ),
    ('nested', d.deeper(['CASME2', 'CASME2']), [], 'ABC'),
    (
      'too deep',
      d.deeper(['a', 'b', 'c', 'd']),
      [('', 'sub<nn>/<clip>/ with raw frames not found')],
      '',
    ),
    (
      'a locked subject',
      d.locked('sub01'),
      [('sub01', 'cannot be listed')],
      'C',
    ),
    ('a shut clip', d.shut('sub01/EP02_01f'), [('01f', 'be listed')], 'BC'),
  ),
)
SAMM = (
  *_coded(
    'samm',
    '006/006_1_2',
    '007/007_3_1',
    'SAMM_Micro_FACS_Codes_v2.xlsx',
    ('Onset Frame', 'Offset Frame', 'Apex Frame'),
  ),
  *variants(
    'samm',
    (
      'a choice of action units',
      b.cell('Action Units', 'R14A or 17A'),
      [('006/006_1_2', 'all of a choice are taken')],
      'ABC',
    ),
    ('number for text', b.cell('Subject', 6.0), [], 'ABC'),
    (
      'a crop beside',
      d.copied('006', 'SAMM_CROP/006'),
      [('CROP', 'not the')],
      'ABC',
    ),
  ),
)

_S1 = 'HS_long/SMIC-HS-E/s01'
_SMIC_BOOK = 'SMIC-HS-E_annotation.xlsx'
SMIC_LONG = variants(
  'smic long',
  ('no sheet', b.gone, [(_SMIC_BOOK, 'put the sheet beside them')], ''),
  ('no bytes', b.holds(b''), [(_SMIC_BOOK, 'no readable workbook')], ''),
  ('empty', b.rows(lambda _: []), [(_SMIC_BOOK, 'found nothing')], ''),
  ('renamed', b.header('OnsetF', 'From'), [(_SMIC_BOOK, 'OnsetF, ')], ''),
  (
    'a clip without a row',
    b.rows(lambda table: table[:1] + table[2:]),
    [('s01/s1_ne_01', 'has no row in SMIC-HS-E_annotation.xlsx')],
    'BC',
  ),
  (
    'a row without a clip',
    d.gone(f'{_S1}/s1_ne_01'),
    [(_SMIC_BOOK, 'row 2: s1_ne_01 has no folder')],
    'BC',
  ),
  (
    'a row twice',
    b.rows(lambda table: [*table, table[1]]),
    [(_SMIC_BOOK, 'row 5: a second row of s1_ne_01')],
    'ABC',
  ),
  (
    'a row of no clip',
    b.cell('Filename', None),
    [(_SMIC_BOOK, 'row 2: names no clip'), ('s1_ne_01', 'has no row')],
    'BC',
  ),
  (
    "another's row",
    b.cell('Subject', 's9'),
    [('s1_ne_01', 'row 2 is of subject s9: taken as of s1')],
    'ABC',
  ),
  (
    'unknown emotion',
    b.cell('Emotion', 'bad'),
    [('s1_ne_01', "'bad' is no emotion")],
    'ABC',
  ),
  ('text', b.cell('OnsetF', 'x'), [('s1_ne_01', 'onset "x" is no')], 'ABC'),
  ('late', b.cell('OffsetF', 99), [('s1_ne_01', 'beyond the last')], 'ABC'),
  (
    'offset before onset',
    b.cell('OffsetF', 6),
    [('s1_ne_01', 'offset 6 lies before onset 7')],
    'ABC',
  ),
)
