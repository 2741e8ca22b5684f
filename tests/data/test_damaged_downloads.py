"""Damaged downloads: no traceback, no clip lost with another, all is named."""

from collections import Counter
import itertools

from damaged_downloads import real
from damaged_downloads.frames import frames
from damaged_downloads.sheets import CASME2, SAMM, SMIC_LONG
from damaged_downloads.trees import MUG, OULU_CASIA, SMIC
from damaged_downloads.videos import DISFA
import pytest
from smoke import command

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures
from facegen_jax.data.builders import prepare
from facegen_jax.data.builders.journal import Journal
from facegen_jax.data.builders.verify import verify

_IN_PICTURES = ('mug', 'oulu_casia', 'casme2', 'samm', 'smic')
_OWN = (MUG, OULU_CASIA, CASME2, SAMM, SMIC, SMIC_LONG, DISFA)
VARIANTS = {
  f'{variant.dataset}: {variant.name}': variant
  for variant in itertools.chain(*map(frames, _IN_PICTURES), *_OWN)
}
WRITTEN = (
  'mug: a turned frame',
  'mug: another kind of picture than named',
  'mug: mixed sizes',
  'oulu_casia: truncated frame',
  'oulu_casia: no subject',
  'casme2: frame links out',
  'casme2: offset beyond the end',
  'samm: mixed modes',
  'samm: a number beyond all numbers',
  'smic: empty frame',
  'smic long: a clip without a row',
  'disfa: most of an AVI',
  'disfa: labels shorter than the video',
)
TYPED = {
  'mug: truncated frame': 0,
  'casme2: renamed column': 2,
  'disfa: start of an AVI': 0,
}


@pytest.fixture(scope='session')
def valid(tmp_path_factory):
  """The valid downloads, made once."""
  top = tmp_path_factory.mktemp('valid')
  return {
    name: make(top / name.replace(' ', '_'))
    for name, make in real.DOWNLOADS.items()
  }


@pytest.fixture
def variant(request):
  return VARIANTS[request.param]


@pytest.fixture
def damaged(valid, variant, tmp_path, monkeypatch):
  """A damaged download, and what `variant.says` of it."""
  place = valid[variant.dataset].moved(tmp_path / 'download', monkeypatch)
  texts = {'clip': '/'.join(place.clip.parts[-2:]), 'name': place.clip.name}
  if place.clip.is_dir():
    texts['frame'] = place.frame.name
  for damage in variant.damages:
    damage(place)
  says = [tuple(x.format(**texts) for x in pair) for pair in variant.says]
  return place.root, says


def _found(variant, root):
  dataset, _, image_set = variant.dataset.partition(' ')
  return prepare.find(dataset, root, f'hs_{image_set}' if image_set else None)


def _left(variant):
  """(subject, clip) of what is to be left, and how many frames."""
  clips = real.clips(variant.dataset)
  if variant.called:
    clips['A'] = clips['A'][0], variant.called
  left = sorted(clips[letter] for letter in variant.left.strip('-'))
  frames_ = real.FRAMES.get(variant.dataset, 3)
  return left, len(left) * frames_ - variant.frames


@pytest.mark.parametrize('variant', VARIANTS, indirect=True)
def test_what_is_damaged_is_named_and_the_others_are_left(variant, damaged):
  root, says = damaged
  try:
    source = _found(variant, root)
  except UserError as error:
    assert not variant.left, error
    text = str(error)
    assert '\n' not in text and '; ' in text
    assert all(path in text and remark in text for path, remark in says), text
    return
  assert variant.left
  left, count = _left(variant)
  clips = verify(source.found, Journal(None)).clips
  assert [(clip.subject, clip.clip) for clip in clips] == left
  report = prepare.judge(source)
  assert report.subjects == Counter(subject for subject, _ in left)
  assert (report.clips, report.frames) == (len(left), count)
  _tells(report, says)


def _tells(report, says):
  """Every finding is a line, and what is damaged is among them."""
  _, source, emotions, subjects, *lines = report.text().splitlines()
  assert source.startswith('  from ')
  assert emotions.startswith('  clips by emotion')
  assert subjects.startswith('  clips by subject')
  for line in lines:
    assert line.startswith(('  warning: ', '  skipped ', '  note ')), line
  for path, remark in says:
    assert any(path in line and remark in line for line in lines), lines


@pytest.mark.parametrize('variant', WRITTEN, indirect=True)
def test_the_others_are_written(variant, damaged, tmp_path):
  left, count = _left(variant)
  builder = prepare.prepare(_found(variant, damaged[0]), tmp_path / 'data')
  records = list(builder.as_data_source('full'))
  names = [(r['subject'].decode(), r['clip'].decode()) for r in records]
  assert sorted(names) == left
  assert sum(len(record['frames']) for record in records) == count
  for record in records:
    shown = [pictures.decode(frame) for frame in record['frames']]
    assert {picture.shape for picture in shown} == {(12, 16, 3)}
    assert len(record['frame_numbers']) == len(shown)
    _tells(prepare.report_lib.read(builder.data_dir), damaged[1])


@pytest.mark.parametrize(
  'variant', ['mug: no bytes in it at all'], indirect=True
)
def test_where_no_frame_is_good_nothing_is_written(damaged, variant, tmp_path):
  with pytest.raises(UserError, match=r'of 1 clips none can be used .*; unp'):
    prepare.prepare(_found(variant, damaged[0]), tmp_path / 'data')


@pytest.mark.parametrize(
  ('variant', 'code'), TYPED.items(), indirect=['variant']
)
def test_the_command_ends_without_a_traceback(variant, code, damaged):
  root, says = damaged
  done = command(
    'data.prepare',
    f'--dataset={variant.dataset}',
    f'--manual_dir={root}',
    '--report',
  )
  assert done.returncode == code, done.stderr
  assert 'Traceback' not in done.stdout + done.stderr
  lines = (done.stderr if code else done.stdout).splitlines()
  for path, remark in says:
    assert any(path in line and remark in line for line in lines), lines
