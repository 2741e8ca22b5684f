import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import folds
from facegen_jax.data.folds import Person
from facegen_jax.protocols import megc2019
from facegen_jax.protocols.megc2019 import Row


@pytest.fixture
def listed(tmp_path):
  """Reads a list of these lines."""

  def read(*lines, encoding='utf-8'):
    path = tmp_path / 'combined_3class_gt.csv'
    path.write_text('\n'.join(lines) + '\n', encoding)
    return megc2019.megc2019(path)

  return read


def complete():
  """A list with the published numbers of clips and people."""
  subject = {'casme2': 'sub{:02d}', 'samm': '{}', 'smic': 's{:02d}'}
  clip = {
    'casme2': 'EP{1:02d}',
    'samm': '{0:03d}_1_{1}',
    'smic': 's{0:02d}_x_{1}',
  }
  for database, (counts, people) in megc2019.PUBLISHED.items():
    labels = [label for label, n in enumerate(counts) for _ in range(n)]
    for i, label in enumerate(labels):
      who = i % people + 1
      yield ','.join(
        (
          database,
          subject[database].format(who),
          clip[database].format(who, i),
          str(label),
        )
      )


def test_ids_come_out_as_on_disk(listed):
  rows, _ = listed(
    'casme2,sub01,EP02_01f,1',
    'casme2,sub09,EP09f,0',
    'samm,6,006_1_2,0',
    'samm,30,030_1_12,2',
    'smic,s03,s03_po_05,1',
    'smic,s20,s20_sur_01,2',
  )
  assert rows == (
    Row(Person('casme2', 'sub01'), 'EP02_01f', 1),
    Row(Person('casme2', 'sub09'), 'EP09f', 0),
    Row(Person('samm', '006'), '006_1_2', 0),
    Row(Person('samm', '030'), '030_1_12', 2),
    Row(Person('smic', 's3'), 's3_po_05', 1),
    Row(Person('smic', 's20'), 's20_sur_01', 2),
  )


def test_other_spellings_of_the_same(listed):
  rows, _ = listed(
    'CASME2, 1 ,EP02_01f,1\r',
    '',
    '"samm","006","6_1_2","0"',
    'smic,3,3_po_05,1',
    encoding='utf-8-sig',
  )
  assert [(r.person.subject, r.clip) for r in rows] == [
    ('sub01', 'EP02_01f'),
    ('006', '006_1_2'),
    ('s3', 's3_po_05'),
  ]


def test_published_counts_pass_without_a_word(listed):
  rows, warnings = listed(*complete())
  assert warnings == ()
  assert len(rows) == 442
  assert len(folds.people(rows)) == 68
  assert len(list(folds.leave_one_out(rows))) == 68


def test_published_counts_add_up():
  counts = {k: sum(clips) for k, (clips, _) in megc2019.PUBLISHED.items()}
  assert counts == {'casme2': 145, 'samm': 133, 'smic': 164}


def test_a_missing_row_is_a_warning_with_both_counts(listed):
  rows, warnings = listed(*list(complete())[1:])
  assert len(rows) == 441
  (warning,) = warnings
  assert 'casme2: 144 clips (87 negative' in warning
  assert 'published: 145 clips (88 negative, 32 positive, 25 sur' in warning


def test_same_clips_of_fewer_people_is_a_warning(listed):
  lines = [
    line.replace('sub24,', 'sub23,').replace(
      'EP', 'EQ' if 'sub24' in line else 'EP'
    )
    for line in complete()
  ]
  (warning,) = listed(*lines).warnings
  assert 'of 23 people; published' in warning


BAD = {
  'casme2,sub01,EP02_01f': '3 fields',
  'casme2,sub01,EP02_01f,1,x': '5 fields',
  'casme3,sub01,EP02_01f,1': "dataset 'casme3'",
  'dataset,subject,clip,class': "dataset 'dataset'",
  'casme2,sub01,EP02_01f,3': "class '3'",
  'casme2,sub01,EP02_01f,': "class ''",
  'casme2,s01,EP02_01f,1': "'s01' is no subject of casme2",
  'casme2,sub01,,1': 'no clip',
  'samm,,006_1_2,0': "'' is no subject of samm",
  'samm,7,006_1_2,0': "'006_1_2' is no clip of 007",
  'smic,s03,s03,1': "'s03' is no clip of s3",
  'smic,s03,po_05,1': "'po' is no subject of smic",
  'samm,028,28_4_1,1': '028_4_1 of 028 once more',
}


@pytest.mark.parametrize('line', BAD)
def test_bad_row_is_named_and_the_others_stay(listed, line):
  rows, warnings = listed('samm,28,028_4_1,0', '', line, 'smic,s1,s1_ne_01,0')
  assert [r.clip for r in rows] == ['028_4_1', 's1_ne_01']
  assert 'combined_3class_gt.csv, line 3: ' in warnings[0]
  assert BAD[line] in warnings[0]
  assert len(warnings) == 1 + 3  # and the counts of each database


def test_no_list_is_one_line(listed, tmp_path):
  with pytest.raises(UserError, match=r'nothing\.csv cannot be read'):
    megc2019.megc2019(tmp_path / 'nothing.csv')
  with pytest.raises(UserError, match='has no row'):
    listed('subject;clip;class')
  binary = tmp_path / 'picture.csv'
  binary.write_bytes(b'\xff\xd8\xff\xe0')
  with pytest.raises(UserError, match=r'picture\.csv cannot be read'):
    megc2019.megc2019(binary)


@pytest.mark.mini_trees
def test_list_of_the_fake_trees(mini):
  path = mini / 'megc2019' / 'combined_3class_gt.csv'
  if not path.is_file():
    pytest.skip(f'no list at {path}')
  rows, warnings = megc2019.megc2019(path)
  lines = path.read_text().split()
  assert len(rows) == len(lines)
  assert [str(r.label) for r in rows] == [line[-1] for line in lines]
  assert not [w for w in warnings if ', line ' in w]


CLASS_OF = {
  'casme2': {
    'negative': 'disgust repression',
    'positive': 'happiness',
    'surprise': 'surprise',
    None: 'others sadness fear anger negative',
  },
  'samm': {
    'negative': 'Anger Contempt Disgust Fear Sadness',
    'positive': 'Happiness',
    'surprise': 'Surprise',
    None: 'Other repression',
  },
  'smic': {
    'negative': 'negative',
    'positive': 'positive',
    'surprise': 'surprise',
    None: 'happiness disgust',
  },
}


@pytest.mark.parametrize('database', CLASS_OF)
def test_class_by_rule(database):
  for name, words in CLASS_OF[database].items():
    wanted = None if name is None else megc2019.CLASSES.index(name)
    for word in words.split():
      assert megc2019.composite_class(database, word) == wanted, word
  assert megc2019.composite_class(database, '') is None


def test_class_of_another_database_is_refused():
  with pytest.raises(ValueError, match='mug'):
    megc2019.composite_class('mug', 'happiness')
