"""`configs/micro_study.py:smoke`, and its plan."""

from smoke import ROOT, experiment

from facegen_jax.micro.plan import Plan


def plan_of(workdir, variant='smoke', data_dir='nowhere', **values):
  """The plan, with `a__b=value` for config.a.b."""
  config = experiment('micro_study', variant)
  # Found from wherever the tests are started.
  paths = {
    f'{name}__config': str(ROOT / config[name].config)
    for name in ('generator', 'recogniser')
  }
  values = {'data__dir': str(data_dir)} | paths | values
  config = experiment('micro_study', variant, **values)
  return Plan(config.lock(), workdir)
