"""`configs/micro_study.py:smoke`, and its plan."""

import sys

from smoke import ROOT

from facegen_jax.micro.plan import Plan


def plan_of(workdir, variant='smoke', data_dir='nowhere', **values):
  """The plan, with `a__b=value` for config.a.b."""
  sys.path.insert(0, str(ROOT))
  try:
    from configs import micro_study
  finally:
    sys.path.remove(str(ROOT))
  config = micro_study.get_config(variant)
  config.data.dir = str(data_dir)
  # Found from wherever the tests are started.
  for section in (config.generator, config.recogniser):
    section.config = str(ROOT / section.config)
  for name, value in values.items():
    *path, last = name.split('__')
    room = config
    for part in path:
      room = room[part]
    room[last] = value
  return Plan(config.lock(), workdir)
