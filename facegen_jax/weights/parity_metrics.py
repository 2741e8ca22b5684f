"""Parity of the classification scores with stored ones of scikit-learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facegen_jax.metrics import classification
from facegen_jax.weights.parity_case import Arrays, Case, Tolerance


def _metrics(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  """Every `in/<case>/labels` and `preds` under the reference's names."""
  del params
  labels = range(len(config['classes']))
  outputs = {}
  for name in sorted(inputs):
    case, _, part = name.rpartition('/')
    if part != 'labels':
      continue
    s = classification.scores(inputs[name], inputs[f'{case}/preds'], labels)
    outputs |= {
      f'{case}/per_class_f1': s.f1,
      f'{case}/per_class_recall': s.recall,
      f'{case}/per_class_precision': s.precision,
      f'{case}/macro_f1_all_labels': np.array([s.macro_f1]),
      f'{case}/macro_f1_present_labels': np.array([s.macro_f1_present]),
      f'{case}/uar_all_labels': np.array([s.uar]),
      f'{case}/accuracy': np.array([s.accuracy]),
      f'{case}/confusion': s.confusion,
    }
  return outputs


# By the `model` of a file's config.
CASES = {'metrics': Case(_metrics, lambda _: Tolerance(1e-12))}
