"""The figures of a human study, fit for JSON."""

from collections.abc import Sequence
import math
from typing import Any

import numpy as np

from facegen_jax.studies import bootstrap, experts, significance
from facegen_jax.studies import votes as ballots


def results(
  comparisons: Sequence[ballots.Votes],
  scores: experts.Scores | None = None,
  *,
  seed: int,
) -> dict[str, Any]:
  """Rates and one-sided tests of each comparison, and the experts' table.

  Args:
    comparisons: of `votes.read`; H1 is that the first method is preferred.
    scores: of `experts.read`.
    seed: of the bootstrap over raters and items.
  """
  found: dict[str, Any] = {
    'protocol': 'preference',
    'definitions': {
      'preference': 'share of items with strictly more votes (eq. 7)',
      'voting': 'votes won of votes cast (eq. 8), 95 % bootstrap over raters '
      f'and items, seed {seed}',
      'z': 'Table IV, sigma with ddof 1; above '
      f'{significance.Z_CRITICAL} the first is preferred',
      'holm': 'p of Z over all comparisons',
    },
    'comparisons': {},
  }
  rows = [_row(votes, seed) for votes in comparisons]
  known = [np.nan if r['z_p'] is None else r['z_p'] for r in rows]
  for votes, row, p in zip(
    comparisons, rows, significance.holm(known), strict=True
  ):
    name = f'{votes.a} against {votes.b}'
    found['comparisons'][name] = row | {'z_holm_p': _finite(p)}
  if scores is not None:
    found['experts'] = _experts(scores)
  return found


def _row(votes: ballots.Votes, seed: int) -> dict[str, Any]:
  counts = ballots.totals(votes)
  won = ballots.preference(*counts)
  strapped = bootstrap.bootstrap(votes.chosen, seed=seed)
  tests = {
    'z': significance.z_test(*counts),
    't': significance.t_test(*counts),
    'sign': significance.sign_test(*counts),
    'binomial': significance.binomial_test(*counts),
  }
  row = {
    'raters': len(votes.raters),
    'items': len(votes.items),
    'missing_votes': int(votes.chosen.size - counts[1].sum()),
    'preference_rate': won.a,
    'other_preference_rate': won.b,
    'tied_rate': won.tied,
    'voting_rate': strapped.rate,
    'voting_rate_low': _finite(strapped.low),
    'voting_rate_high': _finite(strapped.high),
    'bootstrap_p': _finite(strapped.p),
  }
  for name, test in tests.items():
    row[name] = _finite(test.statistic)
    row[f'{name}_p'] = _finite(test.p)
  return row


def _experts(scores: experts.Scores) -> dict[str, dict[str, float | None]]:
  """Table III: a row a method."""
  totals = experts.totals(scores)
  columns = zip(
    scores.methods,
    totals,
    experts.normalised(totals),
    experts.of_possible(scores),
    strict=True,
  )
  return {
    method: {
      **{e: int(n) for e, n in zip(scores.experts, own, strict=True)},
      'total': int(own.sum()),
      'normalised': _finite(normal),
      'of_most': _finite(share),
    }
    for method, own, normal, share in columns
  }


def _finite(x: float) -> float | None:
  """The number, or None for JSON, which has no NaN."""
  return float(x) if math.isfinite(x) else None
