"""The experiment's three tables: as text, and of real, tiny runs."""

import csv
import json

import numpy as np
import pytest
from smoke import command
from tiny_micro import plan_of

from facegen_jax.core.errors import UserError
from facegen_jax.micro import automatic, generators


def results(gain, truth=True):
  """A generator's, as evaluation writes them."""
  row = {'changed_psnr': 20 + gain, 'ssim': 0.9}
  return {
    'pairs': 12,
    'truth': {'result': row, 'target_unchanged': {'changed_psnr': 20.0}}
    if truth
    else {},
    'face_verification': {'result': {'rate': 0.8}, 'extractor': 'who'},
    'expression_similarity': {'result': {'mean': 0.7}, 'extractor': 'which'},
  }


@pytest.fixture
def scored(monkeypatch):
  """Runs whose gain is told by variant and seed, instead of trained ones."""
  seen = []

  def set_to(gains, **how):
    def run(config, folder):
      seen.append((folder.parent.name, config.seed, config.data.seed))
      return results(gains[folder.parent.name][config.seed], **how)

    monkeypatch.setattr(generators, 'run', run)
    return seen

  return set_to


def test_variants_have_mean_deviation_and_interval(scored, tmp_path):
  seen = scored({'fomm': [0.0, 0.1, 0.2], 'fomm_awp': [1.0, 2.0, 3.0]})
  found = generators.variants(plan_of(tmp_path, seeds=3))
  assert seen == [(v, s, s) for v in ('fomm', 'fomm_awp') for s in range(3)]
  row = found['rows']['fomm_awp']['gain']
  assert row['each'] == [1, 2, 3]
  assert (row['mean'], row['sd']) == (2, 1)
  # Student's t with 2 degrees of freedom: 4.3027 / sqrt(3).
  assert row['low'] == pytest.approx(2 - 2.4841, abs=1e-4)
  assert row['high'] == pytest.approx(2 + 2.4841, abs=1e-4)
  lines = generators.table(found).splitlines()
  assert lines[0].endswith('3 seeds of split and training, 12 pairs each')
  assert lines[2:5] == [
    'gain dB',
    '  fomm                0.10 ± 0.10 [-0.15, 0.35]',
    '  fomm_awp            2.00 ± 1.00 [-0.48, 4.48]',
  ]
  assert '  fomm                0.9000 ± 0.0000 [0.9000, 0.9000]' in lines
  json.dumps(found, allow_nan=False)


def test_without_a_truth_the_judges_remain(scored, tmp_path):
  scored({'fomm': [0], 'fomm_awp': [0]}, truth=False)
  found = generators.variants(plan_of(tmp_path))
  assert list(found['rows']['fomm']) == ['identity', 'expression']
  assert 'gain dB' not in generators.table(found)
  assert '  fomm_awp            0.800' in generators.table(found)


def scores(f1, clips):
  return {'macro_f1': f1, 'accuracy': f1 / 2, 'clips': clips}


def test_table_vi_has_backbones_and_their_mean(monkeypatch, tmp_path):
  plan = plan_of(tmp_path, recogniser__kinds=('mc3_18', 'r3d_18'))
  given = {'mc3_18': 0.3, 'r3d_18': 0.6}
  monkeypatch.setattr(automatic, '_tested', lambda *_: {'fomm_awp': 18})
  monkeypatch.setattr(automatic, '_drivers', lambda *_: (9, set()))
  monkeypatch.setattr(generators, 'clips', lambda *_: None)
  monkeypatch.setattr(automatic, '_judge', lambda plan, kind, *_: kind)
  monkeypatch.setattr(
    automatic, '_scores', lambda judge, known: scores(given[judge], known)
  )
  found = automatic.automatic(plan)
  assert found['rows']['fomm_awp']['macro_f1']['mean'] == pytest.approx(0.45)
  text = automatic.table(found)
  assert 'and on clips by fomm_awp, lambda 1' in text
  assert text.endswith('by 6 (18 clips) or 11 (9 clips) points')
  lines = [' '.join(line.split()) for line in text.splitlines()]
  assert 'macro-F1 clips mc3_18 r3d_18 mean' in lines
  assert 'fomm_awp 18 0.300 0.600 0.450' in lines
  assert 'real drivers 9 0.150 0.300 0.225' in lines


@pytest.fixture(scope='module')
def study(data_dir, tmp_path_factory):
  """All tables of `:smoke` as typed, from training on; what it printed."""
  workdir = tmp_path_factory.mktemp('micro')
  done = command(
    'micro_study',
    '--config=configs/micro_study.py:smoke',
    f'--workdir={workdir}',
    f'--config.data.dir={data_dir}',
    '--table=all',
    # Its programs are so tiny that compiling is most of the time.
    XLA_FLAGS='--xla_backend_optimization_level=0',
  )
  assert done.returncode == 0, done.stderr
  found = (
    json.loads((workdir / f'{name}.json').read_text())
    for name in ('automatic', 'augmented')
  )
  return workdir, *found, done.stdout


def test_all_tables_are_told_and_kept(study):
  workdir, *_, told = study
  for line in ('gain dB', 'Table VI', 'Table VII', 'real : generated 1 : 150'):
    assert line in told
  found = json.loads((workdir / 'variants.json').read_text())
  assert list(found['rows']) == ['fomm', 'fomm_awp']


def test_two_tables_share_their_runs(study):
  workdir, _, vii, _ = study
  (backbone,) = vii['backbones'].values()
  assert [row['lambda'] for row in backbone['rows']] == [0, 1]
  runs = sorted(p.parent for p in (workdir / 'recognisers').rglob('sheets'))
  assert [str(p.relative_to(workdir)) for p in runs] == [
    'recognisers/r3d_18/seed_0/lambda_1',
    'recognisers/r3d_18/seed_0/real_only',
  ]
  assert sorted(p.name for p in (workdir / 'clips').iterdir()) == ['fomm_awp']


def test_table_vi_tests_18_clips_and_9_drivers_by_their_class(study):
  _, found, *_ = study
  assert found['clips'] == {'fomm': 18, 'fomm_awp': 18, 'real drivers': 9}
  for name, row in found['rows'].items():
    (one,) = row['by_kind']['r3d_18']
    truth = [p['truth'] for p in one['predictions']]
    assert truth == np.repeat([0, 1, 2], found['clips'][name] // 3).tolist()
    assert one['accuracy'] == row['accuracy']['mean']
  assert 'judged by who has seen its hand' in found['recognisers']


def test_nobody_who_is_tested_was_trained_on(study):
  workdir, *_ = study
  made = workdir / 'clips/fomm_awp/seed_0'
  trained = set(json.loads((made / 'generator.json').read_text())['trained_on'])
  judge = workdir / 'recognisers/r3d_18/seed_0/lambda_1/evaluation/results.json'
  assert set(json.loads(judge.read_text())['trained_on']) == trained
  tested = set()
  for variant in ('fomm', 'fomm_awp'):
    path = workdir / 'megc2021' / variant / 'seed_0/labels.csv'
    with path.open(newline='') as file:
      for row in csv.DictReader(file):
        tested |= {row['subject'], row['source_subject']}
  assert tested
  assert not tested & trained


def test_a_recogniser_that_knows_a_tested_person_is_refused(study, data_dir):
  workdir, *_ = study
  path = workdir / 'recognisers/r3d_18/seed_0/lambda_1/evaluation/results.json'
  (known, *_) = json.loads(path.read_text())['trained_on']
  plan = plan_of(workdir, data_dir=data_dir)
  with pytest.raises(UserError, match=f'trained on {known}, who has a part'):
    automatic._judge(plan, 'r3d_18', 0, {known})
