"""Stored scores of references, and the printed ones of FME generation."""

import itertools
import json

import numpy as np
import pytest

from facegen_jax.metrics.classification import (
  Fold,
  from_confusion,
  pooled,
  scores,
)
from facegen_jax.weights import parity, parity_metrics


def _labelled(name, golden, inputs):
  """Labels and predictions of a stored case, or ones with its matrix."""
  if name == 'random':
    return inputs['y_true'], inputs['y_pred']
  if 'y_true' in golden:
    return golden['y_true'], golden['y_pred']
  rows, columns = np.indices(np.shape(golden['confusion']))
  counts = np.ravel(golden['confusion'])
  return rows.ravel().repeat(counts), columns.ravel().repeat(counts)


@pytest.mark.goldens
def test_stored_scores(goldens):
  stored = json.loads((goldens / 'metrics/classification.json').read_text())
  with np.load(goldens / 'metrics/classification_inputs.npz') as file:
    inputs = dict(file)
  cases = {k: v for k, v in stored.items() if isinstance(v, dict)}
  assert cases
  for name, case in cases.items():
    labels = range(len(case['confusion']))
    s = scores(*_labelled(name, case, inputs), labels)
    ours = (s.accuracy, s.macro_f1, s.uar, s.f1, s.confusion)
    keys = ('accuracy', 'f1_macro', 'uar', 'f1_per_class', 'confusion')
    for key, value in zip(keys, ours, strict=True):
      np.testing.assert_allclose(value, case[key], atol=1e-12, rtol=0)


@pytest.mark.goldens
def test_stored_score_of_pooled_folds(goldens):
  stored = json.loads((goldens / 'metrics/classification.json').read_text())
  with np.load(goldens / 'metrics/classification_inputs.npz') as file:
    truth, predicted, number = (file[k] for k in ('y_true', 'y_pred', 'folds'))
  folds = []
  for k in np.unique(number):
    places = np.flatnonzero(number == k)
    folds.append(Fold(places, predicted[places]))
  labels = range(len(stored['random']['confusion']))
  got = pooled(truth, folds, labels).macro_f1
  assert got == pytest.approx(stored['pooled_uf1'], abs=1e-12)


@pytest.mark.goldens
def test_stored_recognition_metrics(goldens):
  golden = parity.read_golden(
    goldens / 'stylegan_vgg_resnet/recognition_metrics.npz'
  )
  case = parity_metrics.CASES[golden.config['model']]
  ours = case.run(golden.config, golden.params, golden.inputs)
  row = parity.compare(case, golden, ours, 'recognition_metrics')
  assert row.verdict == 'ok', row
  assert row.compared >= 8


def _reachable(per_class):
  """(macro-F1, accuracy) of all predictions of so many clips a class."""
  rows = [
    (a, b, per_class - a - b)
    for a in range(per_class + 1)
    for b in range(per_class + 1 - a)
  ]
  tables = itertools.product(rows, repeat=3)
  found = (from_confusion(np.array(table)) for table in tables)
  return np.array(sorted({(s.macro_f1, s.accuracy) for s in found}))


# FME generation, Table VI: averages over the three backbones, F1 and accuracy.
AVERAGES = {
  'FOMM': (0.378, 0.444),
  'FOMM+AWP': (0.405, 0.463),
  'MRAA': (0.152, 0.296),
  'MRAA+AWP': (0.283, 0.370),
  'Real': (0.646, 0.667),
}
HALF = 0.0005 + 1e-9  # of the last printed digit


@pytest.mark.goldens
def test_printed_scores_of_table_6_are_reachable(goldens):
  """Of 9 driving clips, 3 a class (real), each on 2 faces (generated)."""
  stored = json.loads((goldens / 'metrics/paper003.json').read_text())
  clips = {
    name: _reachable(3 if name == 'Real' else 6) for name in ('Real', '')
  }
  for name, printed in stored['table6_printed_f1_acc'].items():
    found = clips.get(name, clips[''])
    lows, highs = [], []
    for pair in printed:
      near = found[(np.abs(found - pair) <= HALF).all(1)]
      assert len(near), (name, pair)
      lows.append(near.min(0))
      highs.append(near.max(0))
    if name in AVERAGES:
      assert (np.mean(lows, 0) <= np.add(AVERAGES[name], HALF)).all(), name
      assert (np.mean(highs, 0) >= np.subtract(AVERAGES[name], HALF)).all(), (
        name
      )
