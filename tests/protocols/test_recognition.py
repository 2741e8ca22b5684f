"""Recognition as programs: one run, leave-one-out, augmented training."""

import contextlib
import io
import json
import pathlib

import numpy as np
import pytest
from smoke import command
from tiny_generated import blocks
from tiny_recognition import recogniser, worded

from facegen_jax import evaluation, recognition_runs, train
from facegen_jax.core.errors import UserError
from facegen_jax.data import datasets
from facegen_jax.data.folds import Person
from facegen_jax.protocols import recognition
from facegen_jax.protocols.recognition import Prediction
from facegen_jax.systems.recognition import examples

CONFIG = '--config=configs/recognition.py:smoke'
WORDS = ['anger', 'happiness', 'surprise']


def answers(config, clips, order=(0, 1, 2)):
  """A network that knows each clip's class by its frames."""
  known = examples.labelled(clips, config.data.name)
  sizes = []

  def generate(clip):
    sizes.append(len(clip))
    out = []
    for x in clip:
      video = np.uint8(np.rint((x + 1) * 127.5))
      match = [
        np.array_equal(
          video,
          examples.frames(c, config.data.clip_frames, config.model.size, True),
        )
        for c in known.clips
      ]
      out.append(np.eye(3)[order[known.labels[match.index(True)]]])
    return np.stack(out)

  return generate, sizes


def test_predictions_are_of_every_clip_in_batches_of_one_shape():
  config, clips = recogniser(evaluate__batch_size=5), worded()  # 12 clips
  generate, sizes = answers(config, clips)
  found = recognition.predictions(config, clips, generate)
  assert sizes == [5, 5, 5]
  assert [(p.subject, p.clip) for p in found] == [
    (c.subject, c.name) for c in clips
  ]
  assert [p.predicted for p in found] == [0, 0, 1, 2] * 3
  told = recognition.figures(found)
  assert told['macro_f1'] == told['accuracy'] == told['uar'] == 1
  assert told['confusion'] == [[6, 0, 0], [0, 3, 0], [0, 0, 3]]
  assert (told['clips'], told['people']) == (12, 3)


def test_nothing_to_test_is_told():
  with pytest.raises(UserError, match='none of the 3 clips'):
    recognition.predictions(
      recogniser(data__name='smic'), worded(emotions=(0,)), None
    )


def test_absent_class_is_told():
  config, clips = recogniser(), worded(emotions=(0, 3))
  found = recognition.predictions(config, clips, answers(config, clips)[0])
  told = recognition.figures(found)
  assert told['macro_f1'] == pytest.approx(2 / 3)
  assert told['warnings'] == ['no clip to test shows surprise: it counts 0']


def test_folds_are_pooled_by_clip_before_scores():
  """Fold means would say (2/3 + 0) / 2; order within a fold is free."""
  known = examples.labelled(worded(subjects=2, emotions=(0, 3, 5)), 'mug')

  def fold(subject, predicted):
    whose = [c for c in known.clips if c.subject == subject]
    truth = dict(zip(('e0', 'e3', 'e5'), range(3), strict=True))
    return [
      Prediction(subject, '', c.name, truth[c.name], p, [])
      for c, p in zip(whose, predicted, strict=True)
    ][::-1]

  told = recognition.pooled(
    known, [fold('s1', [1, 2, 0]), fold('s0', [0, 1, 2])]
  )
  assert told['macro_f1'] == pytest.approx(0.5)
  assert told['confusion'] == [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
  with pytest.raises(ValueError, match='just one fold'):
    recognition.pooled(known, [fold('s1', [1, 2, 0])])


def test_leak_names_the_people():
  people = [Person('casme2', s) for s in ('a', 'b', 'c')]
  with pytest.raises(UserError, match='casme2/b, casme2/c'):
    recognition.refuse_leak(people, people[1:])
  recognition.refuse_leak(people, [Person('samm', 'a')])


@pytest.fixture(scope='module')
def run(data_dir, tmp_path_factory):
  """A finished and evaluated `:smoke` run: its folder, what it printed."""
  workdir, config = tmp_path_factory.mktemp('recognition'), recogniser(data_dir)
  train.train(config, workdir)
  with contextlib.redirect_stdout(io.StringIO()) as text:
    evaluation.evaluate(config, workdir)
  return workdir, text.getvalue()


def test_a_run_leaves_scores_and_predictions(run):
  workdir, text = run
  found = json.loads((workdir / 'evaluation' / 'results.json').read_text())
  assert 'macro-F1 (UF1)' in text
  assert 'r3d_18 of width 2' in text
  assert found['weights'] == 'trained from scratch'
  assert found['step'] == 4
  assert found['data']['name'] == 'synth_face'
  assert len(found['predictions']) == found['clips'] == 12
  assert np.sum(found['confusion']) == 12
  assert {k: v['clips'] for k, v in found['classes'].items()} == {
    'negative': 8,
    'positive': 2,
    'surprise': 2,
  }
  assert len(found['trained_on']) == 6
  assert not set(found['trained_on']) & set(found['tested'])
  for p in found['predictions']:
    assert sum(p['probabilities']) == pytest.approx(1, abs=1e-4)
  assert list((workdir / 'sheets').glob('recognition_*.png'))


def test_evaluating_on_other_people_names_who_was_trained_on(run, data_dir):
  workdir, _ = run
  found = json.loads((workdir / 'evaluation' / 'results.json').read_text())
  config = recogniser(data_dir, data__seed=5)
  tested = datasets.load(config.data).held_out.subjects
  both = {f'synth_face/{s}' for s in tested} & set(found['trained_on'])
  assert both
  with pytest.raises(UserError, match=', '.join(sorted(both))):
    evaluation.evaluate(config, workdir)


def test_protocol_that_does_not_exist(run, data_dir):
  config = recogniser(data_dir, evaluate__protocol='guess')
  with pytest.raises(UserError, match=r"protocol='guess'.*recognition"):
    evaluation.evaluate(config, run[0])


@pytest.fixture(scope='module')
def loso(data_dir, tmp_path_factory):
  """Leave-one-out over three people: config, folder, results."""
  config = recogniser(data_dir, data__synth_face__identities=3)
  workdir = tmp_path_factory.mktemp('loso')
  return config, workdir, recognition_runs.loso(config, workdir)


def test_loso_tests_each_person_by_a_run_of_the_others(loso):
  _, workdir, results = loso
  folders = sorted(p.name for p in workdir.iterdir())
  assert folders == ['fold_id000', 'fold_id001', 'fold_id002']
  assert (results['clips'], results['people']) == (18, 3)
  assert len(results['predictions']) == 18
  for name in folders:
    found = json.loads(
      (workdir / name / 'evaluation' / 'results.json').read_text()
    )
    assert found['tested'] == ['synth_face/' + name.removeprefix('fold_')]
    assert len(found['trained_on']) == 2
    assert found['tested'][0] not in found['trained_on']


def test_finished_folds_are_read_not_run_again(loso, monkeypatch):
  config, workdir, results = loso
  monkeypatch.setattr(train, 'train', None)
  assert recognition_runs.loso(config, workdir) == results


def test_a_fold_whose_results_were_cut_short_is_evaluated_again(loso):
  config, workdir, results = loso
  path = workdir / 'fold_id001' / 'evaluation' / 'results.json'
  path.write_text(path.read_text()[:100])
  assert recognition_runs.loso(config, workdir) == results


def test_folds_of_other_settings_are_not_mixed(loso, data_dir):
  _, workdir, _ = loso
  other = recogniser(
    data_dir, data__synth_face__identities=3, optimizer__learning_rate=1e-3
  )
  with pytest.raises(UserError, match=r'optimizer\.learning_rate=0\.0001, now'):
    recognition_runs.loso(other, workdir)


def folder(data_dir, path, seed=0):
  """Generated clips of the training people of a split."""
  config = recogniser(data_dir, data__seed=seed)
  people = datasets.load(config.data).train.subjects
  return blocks(path, people, WORDS * 8, trained_on=people)


def test_augmented_trains_with_generated_clips(data_dir, tmp_path):
  folder(data_dir, tmp_path / 'made')
  done = command(
    'recognise',
    CONFIG,
    f'--workdir={tmp_path / "runs"}',
    f'--config.data.dir={data_dir}',
    '--protocol=augmented',
    f'--generated={tmp_path / "made"}',
    '--lambdas=0.1',
    '--seeds=1',
  )
  assert done.returncode == 0, done.stderr
  for name in ('real only ', 'real : generated 1 : 15 '):
    assert name in done.stdout
  found = json.loads((tmp_path / 'runs' / 'results.json').read_text())
  assert found['protocol'].endswith('1 seeds of training, one split')
  assert [row['lambda'] for row in found['rows']] == [0, 0.1]
  assert found['rows'][1]['macro_f1']['sd'] is None
  assert found['data']['generated']['clips'] == 24
  logs = {
    name: (tmp_path / 'runs/seed_0' / name / 'metrics.jsonl').read_text()
    for name in ('real_only', 'lambda_0.1')
  }
  assert 'classifier/generated' in logs['lambda_0.1']
  assert 'classifier/generated' not in logs['real_only']


def test_rows_of_table_vii_have_their_spread(data_dir, tmp_path, monkeypatch):
  """Four rows of three splits; the runs themselves are replaced."""
  for seed in range(3):
    folder(data_dir, tmp_path / f'made_{seed}', seed)
  seen = []

  def scored(config, place):
    d, weight = config.data, config.loss.generated
    name = pathlib.Path(d.generated).name
    seen.append((config.seed, d.seed, name, weight, place.name))
    score = 0.5 + 0.1 * config.seed + 0.2 * weight
    same = dict.fromkeys(('macro_f1', 'uar', 'accuracy'), score)
    return same | {'clips': 12, 'data': {}}

  monkeypatch.setattr(recognition_runs, 'run', scored)
  results = recognition_runs.augmented(
    recogniser(data_dir),
    tmp_path,
    generated=str(tmp_path / 'made_{seed}'),
    weights=[0.01, 0.1, 1],
    seeds=3,
  )
  assert [x for x in seen if x[0] == 2] == [
    (2, 2, '', 0, 'real_only'),
    (2, 2, 'made_2', 0.01, 'lambda_0.01'),
    (2, 2, 'made_2', 0.1, 'lambda_0.1'),
    (2, 2, 'made_2', 1, 'lambda_1'),
  ]
  text = recognition_runs.table_vii(results).splitlines()
  assert text[0].startswith('augmented recognition, 3 seeds of split and train')
  assert [' '.join(x.split()) for x in text[3:]] == [
    'real only 0.600 ± 0.100 0.600 ± 0.100 0.600 ± 0.100',
    'real : generated 1 : 1.5 0.602 ± 0.100 0.602 ± 0.100 0.602 ± 0.100',
    'real : generated 1 : 15 0.620 ± 0.100 0.620 ± 0.100 0.620 ± 0.100',
    'real : generated 1 : 150 0.800 ± 0.100 0.800 ± 0.100 0.800 ± 0.100',
  ]


def test_augmented_refuses_a_generator_of_another_split(data_dir, tmp_path):
  folder(data_dir, tmp_path / 'made')
  config = recogniser(data_dir, data__seed=5)
  with pytest.raises(UserError, match=r'made: .*id00\d \(trained on\)'):
    recognition_runs.augmented(
      config,
      tmp_path / 'runs',
      generated=str(tmp_path / 'made'),
      weights=[1.0],
      seeds=1,
    )
  assert not (tmp_path / 'runs').exists()


WRONG = {
  'lambda': (
    [CONFIG, '--protocol=augmented', '--generated=x', '--lambdas=0.1,much'],
    'lambdas=0.1,much',
  ),
  'another system': (
    ['--config=configs/aipgan.py:smoke', '--protocol=loso'],
    'is of aipgan',
  ),
}


@pytest.mark.parametrize('case', WRONG)
def test_wrong_words_are_one_line(case, tmp_path):
  words, pattern = WRONG[case]
  done = command('recognise', f'--workdir={tmp_path}', *words)
  assert done.returncode == 2
  assert pattern in done.stderr
  assert 'Traceback' not in done.stderr
