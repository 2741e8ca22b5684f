"""The action-unit experiments' figures as a person reads them."""

from collections.abc import Mapping
from typing import Any

from facegen_jax.protocols import encoding_curves
from facegen_jax.protocols.rows import Column, table

FRECHET = (
  Column('value', 'Frechet distance', '.3f'),
  Column('mean_term', 'of means', '.3f'),
  Column('samples', 'pictures', 'd'),
)
SEEN = (Column('rate', 'with a face', '.3f'), Column('count', 'samples', 'd'))
RESPONSE = (
  Column('own_rows', 'own unit most', 'd'),
  Column('rows', 'of', 'd'),
  Column('own_rows_by_noise', 'by noise', 'd'),
  Column('face_own_share', 'single faces', '.3f'),
  Column('own_change', 'own change', '.3f'),
  Column('other_change', 'others', '.3f'),
  Column('same_person_cosine', 'same person', '.3f'),
)
NEARER = (
  Column('share', 'nearer', '.3f'),
  Column('moved_share', 'where it moves', '.3f'),
  Column('units_share', 'units', '.3f'),
  Column('expressions_share', 'expressions', '.3f'),
  Column('moved_psnr', 'dB there', '.2f'),
  Column('unedited_moved_psnr', 'unedited', '.2f'),
)
CASES = (
  Column('share', 'nearer', '.2f'),
  Column('moved_share', 'where it moves', '.2f'),
)


def text(found: Mapping[str, Any]) -> str:
  """All tables, the definitions and what was left out."""
  lines = _samples(found)
  if 'judge' in found:
    lines += ['', *_judge(found['judge'])]
  lines += _people(found['people'])
  lines += ['', *_reconstructed(found['reconstructed'])]
  lines += [
    '',
    'codes of held-out pictures',
    encoding_curves.text(found['encoding']),
  ]
  for name, title in (
    ('response', 'held-out faces pushed to one unit'),
    ('response_samples', 'sampled faces pushed to one unit'),
  ):
    if name in found:
      lines += ['', title, *table(found[name], RESPONSE)]
  if 'response' in found:
    shown = found['response_matrices'][found['operator']]
    lines += [
      '',
      f'measured change x 100, {found["operator"]}',
      *_matrix(shown),
    ]
  if 'nearer' in found:
    lines += ['', 'nearer to the truth', *table(found['nearer'], NEARER)]
    cases = found['nearer_by_case'][found['operator']]
    lines += ['', found['operator'], *table(cases, CASES)]
  lines += ['', *(f'{k}: {v}' for k, v in found['definitions'].items())]
  return '\n'.join([*lines, *(f'left out: {x}' for x in found['left_out'])])


def _samples(found: Mapping[str, Any]) -> list[str]:
  lines = []
  for f in found['frechet'].values():
    rows = {k: v for k, v in f.items() if isinstance(v, dict)}
    lines += table(rows, FRECHET)
    if 'fall' in f:
      lines.append(f'{f["fall"]:.2f} times nearer than at the start')
    lines += [f'  by {f["extractor"]}, {f["dimensions"]} dimensions', '']
  seen = {k: v for k, v in found['seen'].items() if isinstance(v, dict)}
  if seen:
    lines += [*table(seen, SEEN), f'  by {found["seen"]["extractor"]}']
  return lines


def _judge(judge: Mapping[str, Any]) -> list[str]:
  keys = ('mae', 'trivial_mae', 'pearson', 'ccc')
  rows = {
    name: {k: judge[k][i] for k in keys}
    for i, name in enumerate(judge['units'])
  }
  rows['mean'] = {k: judge[f'mean_{k}'] for k in keys}
  columns = tuple(Column(k, k.replace('_', ' '), '.3f') for k in keys)
  return [
    f'{judge["extractor"]}: {judge["pictures"]} pictures of '
    f'{judge["people"]} held-out people',
    *table(rows, columns),
  ]


def _people(people: Mapping[str, Any]) -> list[str]:
  return [
    f'cosine of one person {_number(people["one_person"])}, of different '
    f'people {_number(people["different_people"])}; the nearest picture is of '
    f'the same person in {people["nearest_share"]:.1%}',
  ]


def _reconstructed(row: Mapping[str, Any]) -> list[str]:
  return [
    f'reconstructions of {row["pictures"]} pictures of {row["people"]} '
    f'held-out people: SSIM {row["ssim"]:.3f}, PSNR {row["psnr"]:.2f} dB, '
    f'cosine {row["cosine"]:.3f} (different people '
    f'{_number(row["others_cosine"])})'
  ]


def _number(x: float | None) -> str:
  return '-' if x is None else f'{x:.3f}'


def _matrix(found: Mapping[str, Any]) -> list[str]:
  names = found['measured']
  lines = ['pushed'.ljust(8) + ''.join(n.rjust(6) for n in names)]
  for name, row in zip(found['pushed'], found['change'], strict=True):
    lines.append(name.ljust(8) + ''.join(f'{100 * x:6.0f}' for x in row))
  return lines
