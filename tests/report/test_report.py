"""The page of a run: whole, self-contained, and plain about what is missing."""

import pytest
from report_run import EVIL, RATE, drawn, evaluated, logged, parsed, tables
from smoke import command

from facegen_jax.core.errors import UserError
from facegen_jax.report.write import write


@pytest.fixture
def run(tmp_path):
  """A workdir with an empty evaluation."""
  (tmp_path / 'run' / 'evaluation').mkdir(parents=True)
  return tmp_path / 'run'


def test_a_whole_run(run):
  evaluated(
    run,
    pairs=500,
    step=20,
    face_verification={
      'extractor': 'fc7 of a test network',
      'licence': 'Apache-2.0',
      'result': RATE,
      'source_unchanged': RATE | {'rate': 0.014},
    },
    truth={'result': {'psnr': 28.3215, 'ssim': 0.86716}},
    data={'name': 'mug', 'clip_list': 'abc123def456', 'crop': 'aligned_1'},
  )
  logged(run, *({'step': i, 'stage': 'a', 'g/loss': 1 / i} for i in (10, 20)))
  drawn(run / 'evaluation/sheet.png')
  drawn(run / 'sheets/full_00000020.png')
  (run / 'evaluation/clip.mp4').write_bytes(b'\0' * 100)
  page = parsed(run)
  for word in (
    '88.2 %',
    '95 % interval [85.1, 90.7]',
    '28.32',
    'PSNR',
    '0.8672',
    'abc123def456',
    'aligned_1',
    'fc7 of a test network',
    'Apache-2.0',
    'source unchanged 1.4 %',
  ):
    assert word in page.text, word
  assert page.tags.count('img') == 2 and page.tags.count('video') == 1
  assert page.tags.count('polyline') == 1
  assert 'worst' not in page.ids and 'curves' not in page.ids


def test_worst_cases_only_where_there_are_any(run):
  drawn(run / 'evaluation/worst/1.png')
  evaluated(
    run,
    worst=[
      {'name': EVIL, 'value': 7.5, 'metric': 'psnr', 'picture': 'worst/1.png'},
      {'name': 'gone', 'value': 8.0, 'picture': 'worst/2.png'},
    ],
  )
  page = parsed(run)
  assert 'worst' in page.ids
  assert f'{EVIL}: PSNR 7.50 dB' in page.text
  assert '2.png is missing' in page.text
  evaluated(run, worst=[])
  assert 'worst' not in parsed(run).ids
  evaluated(run, worst={'name': 'no list'})
  assert 'worst of results.json is no list' in parsed(run).text


def test_curves_of_action_units(run):
  curves = {'result': [0.0, None, 0.5, 1.0], 'real': [0.0, 0.1, 0.2, 0.3]}
  evaluated(run, au_curves=[{'name': 'AU12', 'series': curves}])
  page = parsed(run)
  assert 'curves' in page.ids
  # The frame without a face breaks a line: a dot, then a line.
  assert page.tags.count('polyline') == 2 and page.tags.count('circle') == 1
  evaluated(
    run,
    au_curves=[{'name': 'AU4', 'x': [0], 'series': {'a': [1, 2]}}, {'name': 1}],
  )
  page = parsed(run)
  assert 'AU4: a is no list of 1 numbers' in page.text
  assert 'No value is finite' in page.text


def test_curves_of_encoding(run):
  told = {'name': 'loss', 'x': [1, 2, 4], 'x_name': 'made', 'x_log2': True}
  series = {'v': [3.0, 2.0, 1.0], 'random': [9.0, 8.0, 7.0]}
  evaluated(run, encoding_curves=[told | {'series': series}])
  page = parsed(run)
  assert 'encoding' in page.ids and 'curves' not in page.ids
  assert page.tags.count('polyline') == 2
  evaluated(run, encoding_curves=[told | {'series': series, 'x': [0, 1, 2]}])
  assert 'loss: x holds 0 or less' in parsed(run).text


def test_missing_parts_are_said(run):
  logged(run, {'step': 5, 'g/loss': None})
  (run / 'evaluation').rmdir()
  page = parsed(run)
  for word in (
    'holds no checkpoints',
    'has not been evaluated',
    'sheet.png is missing',
    'clip.mp4 is missing',
    'holds no sheet',
    'No value is finite',
    'data are not recorded',
  ):
    assert word in page.text, word
  markdown, latex = tables(run)
  assert 'There are no tables' in markdown and '% There are no' in latex


def test_damaged_parts_are_said(run):
  (run / 'metrics.jsonl').write_text('{"step": 1, "g/loss": 2.0}\n{"ste')
  (run / 'evaluation/results.json').write_text('{"a": ')
  (run / 'evaluation/sheet.png').write_bytes(b'no picture')
  page = parsed(run)
  assert '1 of 2 lines of metrics.jsonl are damaged' in page.text
  assert 'results.json is damaged' in page.text
  assert 'sheet.png is no readable picture' in page.text


def test_a_large_clip_is_named_and_not_embedded(run):
  evaluated(run, pairs=1)
  with (run / 'evaluation/clip.mp4').open('wb') as f:
    f.truncate(5_000_000)
  page = parsed(run)
  assert 'clip.mp4 has 5.0 MB' in page.text
  assert 'video' not in page.tags
  assert (run / 'report/index.html').stat().st_size < 100_000


def test_an_old_evaluation_is_said(run):
  evaluated(run, step=10)
  logged(run, {'step': 20, 'g/loss': 1.0})
  assert 'Evaluated at step 10, while training is at 20' in parsed(run).text


def test_the_newest_sheets_are_shown_newest_first(run):
  evaluated(run, pairs=1)
  for step in (100, 20, 3000, 400, 5, 60):
    drawn(run / f'sheets/full_{step:08}.png')
  page = parsed(run)
  places = [page.text.index(f'full, step {s}') for s in ('3,000', '400', '100')]
  assert places == sorted(places)
  assert 'newest 4 of 6' in page.text and 'step 20' not in page.text
  assert page.tags.count('img') == 4


def test_a_second_report_is_the_same(run):
  evaluated(run, group={'result': RATE})
  first = write(run).read_bytes()
  assert write(run).read_bytes() == first


def test_a_folder_without_a_run_is_refused(tmp_path):
  (tmp_path / 'checkpoints').mkdir()
  with pytest.raises(UserError, match='holds no run'):
    write(tmp_path)
  assert not (tmp_path / 'report').exists()


def test_the_command(run):
  done = command('report.make', f'--workdir={run / "none"}')
  assert done.returncode == 2
  assert len(done.stderr.splitlines()) == 1 and 'holds no run' in done.stderr
  logged(evaluated(run, pairs=3), {'step': 1, 'g/loss': 2.0})
  done = command('report.make', f'--workdir={run}')
  assert done.returncode == 0, done.stderr
  assert 'index.html' in done.stdout and not done.stderr
  found = {path.name for path in (run / 'report').iterdir()}
  assert found == {'index.html', 'tables.md', 'tables.tex'}


def test_the_config_of_a_trained_run(trained, tmp_path):
  workdir = tmp_path / 'trained'
  workdir.mkdir()
  for name in ('checkpoints', 'metrics.jsonl', 'sheets'):
    (workdir / name).symlink_to(trained / name)
  page = parsed(workdir)
  assert 'system aipgan, data synth_face, trained for 20 steps' in page.text
  assert 'synth_face.identities' in page.text
  assert '25.0 %' in page.text  # people held out
  assert 'none: it is rendered' in page.text
