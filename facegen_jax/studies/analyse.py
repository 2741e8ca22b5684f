"""Prints the tables of a human study.

  python -m facegen_jax.studies.analyse --votes=votes.csv --experts=scores.csv

The columns of the files are told in `votes.py` and `experts.py`.
"""

from collections.abc import Sequence
import pathlib
import sys

import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.studies import bootstrap, command, experts, significance
from facegen_jax.studies import votes as ballots

Results = dict[str, significance.Result]


def _results(
  votes: ballots.Votes, strapped: bootstrap.Bootstrap, ddof: int
) -> Results:
  counts = ballots.totals(votes)
  return {
    'Z as printed': significance.z_test(*counts, ddof=ddof),
    'Student t': significance.t_test(*counts),
    'sign test': significance.sign_test(*counts),
    'binomial': significance.binomial_test(*counts),
    'bootstrap': significance.Result(strapped.rate, strapped.p),
  }


def _notes(results: Results, items: int) -> dict[str, str]:
  """What each statistic is; of Z the verdict as the paper gives it."""
  z = results['Z as printed'].statistic
  side = 'above' if z > significance.Z_CRITICAL else 'not above'
  verdict = '' if np.isnan(z) else f'{side} {significance.Z_CRITICAL}'
  return {
    'Z as printed': verdict,
    'Student t': f'{items - 1} degrees of freedom',
    'sign test': f'items won of {items}',
    'binomial': 'votes won, all taken for independent',
    'bootstrap': 'voting rate, raters and items drawn anew',
  }


def _rates(votes: ballots.Votes, strapped: bootstrap.Bootstrap) -> list[str]:
  counts = ballots.totals(votes)
  (raters, items), possible = votes.chosen.shape, votes.chosen.size
  missing = possible - counts[1].sum()
  gaps = f', {missing} of {possible} votes missing' if missing else ''
  won, rate = ballots.preference(*counts), ballots.voting_rate(*counts)
  return [
    f'{votes.a} against {votes.b}: {raters} raters, {items} items{gaps}',
    f'  preference rate  {won.a:.3f}, other {won.b:.3f}, tied {won.tied:.3f}',
    f'  voting rate      {rate:.3f} [{_value(strapped.low, ".3f")}, '
    f'{_value(strapped.high, ".3f")}], other {1 - rate:.3f}',
  ]


def _value(x: float, form: str) -> str:
  return 'undefined' if np.isnan(x) else f'{x:{form}}'


def _tests(results: Results, corrected: list[float], items: int) -> list[str]:
  notes = _notes(results, items)
  lines = [f'  {"test":14}{"statistic":>10}{"p":>12}{"Holm p":>12}']
  for (name, result), p in zip(results.items(), corrected, strict=True):
    lines.append(
      f'  {name:14}{_value(result.statistic, ".4g"):>10}'
      f'{command.shown_p(result.p):>12}{command.shown_p(p):>12}  {notes[name]}'
    )
  return lines


def vote_tables(
  comparisons: Sequence[ballots.Votes],
  *,
  seed: int,
  resamples: int = 10_000,
  ddof: int = 1,
) -> str:
  """Rates and one-sided tests of each comparison; H1: the first is preferred.

  Each test's p is corrected by Holm over the comparisons. The interval of the
  voting rate is the 95 % one of the bootstrap over raters and items.
  """
  draws = {'seed': seed, 'resamples': resamples}
  strapped = [bootstrap.bootstrap(v.chosen, **draws) for v in comparisons]
  pairs = list(zip(comparisons, strapped, strict=True))
  results = [_results(*pair, ddof) for pair in pairs]
  p = [[result.p for result in row.values()] for row in results]
  corrected = np.transpose([significance.holm(x) for x in np.transpose(p)])
  lines = []
  for pair, row, holm in zip(pairs, results, corrected, strict=True):
    lines += [*_rates(*pair), *_tests(row, holm, len(pair[0].items)), '']
  lines.append(
    f'One-sided: the first is preferred. Holm over {len(results)} '
    f'comparison{"s" * (len(results) > 1)}; sigma of Z with ddof {ddof}; '
    f'{resamples} draws, seed {seed}.\nZ, t and sign test take the items for '
    'independent, though the same people rated them all.'
  )
  return '\n'.join(lines)


def expert_table(scores: experts.Scores) -> str:
  """Each method's totals, raw and normalised, and its share of the most."""
  totals = experts.totals(scores)
  first = max(len(name) for name in ('method', *scores.methods))
  names = (*scores.experts, 'total', 'normalised', 'of most')
  head = (*names, *experts.CRITERIA)
  widths = [2 + max(8, len(name)) for name in head]
  cells = zip(
    totals,
    totals.sum(1),
    experts.normalised(totals),
    experts.of_possible(scores),
    experts.by_criterion(scores),
    strict=True,
  )
  lines = [_line('method', first, head, widths)]
  for name, (own, total, normal, share, parts) in zip(
    scores.methods, cells, strict=True
  ):
    shown = _value(normal, '.6f'), f'{share:.3f}'
    lines.append(_line(name, first, (*own, total, *shown, *parts), widths))
  lines.append(
    f'{len(scores.items)} items. Normalised: the sum over experts of total / '
    'best total of any method, so another\nmethod changes it; of most: share '
    'of the most that could be given.'
  )
  return '\n'.join(lines)


def _line(name: str, first: int, cells: Sequence, widths: list[int]) -> str:
  pairs = zip(cells, widths, strict=True)
  return f'{name:{first}}' + ''.join(f'{x!s:>{width}}' for x, width in pairs)


def _work(argv: Sequence[str] | None) -> str:
  parser = command.Parser('analyse', 'Tables of votes and expert scores.')
  parser.add_argument('--votes', type=pathlib.Path, help='CSV of votes')
  parser.add_argument('--experts', type=pathlib.Path, help='CSV of scores')
  parser.add_argument('--seed', type=command.number(int, 0, 2**31), default=0)
  parser.add_argument(
    '--resamples', type=command.number(int, 100, 10**5), default=10_000
  )
  parser.add_argument('--ddof', type=int, choices=(0, 1), default=1)
  given = parser.parse_args(argv)
  if not (given.votes or given.experts):
    raise UserError('nothing to analyse: give --votes=FILE or --experts=FILE')
  parts = []
  if given.votes:
    how = {name: getattr(given, name) for name in ('seed', 'resamples', 'ddof')}
    parts.append(vote_tables(ballots.read(given.votes), **how))
  if given.experts:
    parts.append(expert_table(experts.read(given.experts)))
  return '\n\n'.join(parts)


def main(argv: list[str] | None = None) -> int:
  """Command line; returns the exit status."""
  return command.ended('analyse', _work, argv)


if __name__ == '__main__':
  sys.exit(main())
