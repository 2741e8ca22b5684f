"""Generators of the experiment, their clips, and how well they transfer."""

from collections.abc import Callable
import pathlib
from typing import Any

from facegen_jax.data import datasets
from facegen_jax.finished_runs import run
from facegen_jax.micro.plan import Plan
from facegen_jax.protocols import over_seeds
from facegen_jax.systems.recognition import examples
from facegen_jax.transfers import chosen
from facegen_jax.transfers.chosen import Wanted
from facegen_jax.transfers.sweep import sweep

USED = 0  # of config.clips.count: as many as recognisers use

# Of a run's results; dB gained over returning the portrait as it is.
FIGURES: dict[str, Callable[[dict[str, Any]], float]] = {
  'gain': lambda r: (
    r['truth']['result']['changed_psnr']
    - r['truth']['target_unchanged']['changed_psnr']
  ),
  'changed_psnr': lambda r: r['truth']['result']['changed_psnr'],
  'ssim': lambda r: r['truth']['result']['ssim'],
  'identity': lambda r: r['face_verification']['result']['rate'],
  'expression': lambda r: r['expression_similarity']['result']['mean'],
}
_COLUMNS = {
  'gain': ('gain dB', '.2f'),
  'changed_psnr': ('changed-PSNR dB', '.2f'),
  'ssim': ('SSIM', '.4f'),
  'identity': ('verified', '.3f'),
  'expression': ('expression', '.3f'),
}


def trained(plan: Plan, variant: str, seed: int) -> dict[str, Any]:
  """Results of a generator, which is trained where it has not been."""
  return run(plan.generator(variant, seed), plan.trained(variant, seed))


def clips(plan: Plan, variant: str, seed: int) -> pathlib.Path:
  """The folder of training clips moved by training clips."""
  trained(plan, variant, seed)
  out, count = plan.made(variant, seed), plan.config.clips.count
  if count == USED:
    count = _used(plan, variant, seed)
  wanted = Wanted(kind='all', seed=seed, count=max(count, 0))
  _swept(plan, variant, seed, out, wanted)
  return out


def _used(plan: Plan, variant: str, seed: int) -> int:
  """Clips that a recogniser's training draws: one beside each real one."""
  data = datasets.load(plan.generator(variant, seed).data)
  real = len(examples.labelled(data.train, plan.config.data.name).clips)
  config = plan.recogniser(plan.kinds[0])
  return examples.steps(config, real) * config.batch_size


def megc2021(plan: Plan, variant: str, seed: int) -> pathlib.Path:
  """The folder of the drivers of MEGC 2021 on two faces."""
  trained(plan, variant, seed)
  out = plan.megc2021(variant, seed)
  _swept(plan, variant, seed, out, drivers(plan, seed))
  return out


def drivers(plan: Plan, seed: int) -> Wanted:
  """The pairs of MEGC 2021, the same for all variants."""
  c = plan.config
  given = filter(None, c.automatic.drivers.split(','))
  return Wanted(
    kind='megc2021',
    seed=seed,
    templates=tuple(filter(None, c.automatic.templates.split(','))),
    drivers=chosen.named([*given], '--config.automatic.drivers'),
    face_landmarker=c.data.face_landmarker or None,
  )


def _swept(
  plan: Plan, variant: str, seed: int, out: pathlib.Path, wanted: Wanted
) -> None:
  c = plan.config
  sweep(
    plan.trained(variant, seed),
    out,
    wanted,
    batch=c.clips.batch,
    devices=c.devices,
    data_dir=c.data.dir,
  )


def variants(plan: Plan) -> dict[str, Any]:
  """Every variant's figures over the seeds; `table` prints them."""
  rows = {}
  for variant in plan.variants:
    found = [trained(plan, variant, s) for s in range(plan.config.seeds)]
    # Without a truth to compare with only the judges' figures remain.
    known = FIGURES if found[0]['truth'] else ('identity', 'expression')
    rows[variant] = {
      name: over_seeds.spread([FIGURES[name](r) for r in found])
      for name in known
    }
  return {
    'protocol': 'transfer between held-out people, '
    f'{plan.config.seeds} seeds of split and training',
    'definitions': {
      'gain': 'changed_psnr less that of the portrait unchanged',
      'identity': 'face verification rate',
      'low, high': "Student's 95 % interval over the seeds",
    },
    'pairs': found[0]['pairs'],
    'judges': {
      name: found[0][key]['extractor']
      for name, key in (
        ('identity', 'face_verification'),
        ('expression', 'expression_similarity'),
      )
    },
    'rows': rows,
  }


def table(results: dict[str, Any]) -> str:
  """The figures as a person reads them: mean ± deviation [interval]."""
  lines = [
    f'{results["protocol"]}, {results["pairs"]} pairs each',
    '  mean ± deviation over the seeds [95 % interval]; gain: over the '
    'portrait unchanged',
  ]
  for name, (title, form) in _COLUMNS.items():
    if name not in next(iter(results['rows'].values())):
      continue
    lines.append(title)
    for variant, row in results['rows'].items():
      cell = over_seeds.cell(row[name], form, ends=True)
      lines.append(f'  {variant:<20}{cell}')
  return '\n'.join(lines)
