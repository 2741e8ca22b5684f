"""Table VII: recognition that is trained with n^2 generated clips."""

from typing import Any

from facegen_jax import recognition_runs
from facegen_jax.micro import generators
from facegen_jax.micro.plan import Plan


def augmented(plan: Plan) -> dict[str, Any]:
  """Each backbone's rows; a generator and its clips for every split."""
  c = plan.config.augmented
  for seed in range(plan.config.seeds):
    generators.clips(plan, c.variant, seed)
  found = {
    kind: recognition_runs.augmented(
      plan.recogniser(kind),
      plan.recognised(kind),
      generated=str(plan.made(c.variant, '{seed}')),
      weights=tuple(c.weights),
      seeds=plan.config.seeds,
    )
    for kind in tuple(c.kinds) or plan.kinds
  }
  return {
    'protocol': f'augmented recognition (Table VII) with clips by {c.variant}',
    'backbones': found,
  }


def table(results: dict[str, Any]) -> str:
  """Table VII, a part each backbone."""
  parts = map(recognition_runs.table_vii, results['backbones'].values())
  return '\n\n'.join([results['protocol'], *parts])
