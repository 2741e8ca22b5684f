"""The fields of a config that the trainer reads, and their defaults."""

from typing import Any

import ml_collections


def run_config(**more: Any) -> ml_collections.ConfigDict:
  """An experiment.

  Args:
    **more: other values, and the sections of the system: `system`, its name,
      `data`, `model`, `loss`, `optimizer`, `stages`, `evaluate`.
  """
  return ml_collections.ConfigDict(
    {
      'seed': 0,
      'batch_size': 64,
      'devices': 0,  # 0 = all
      'shard_state': False,  # cut weights and optimisers over the devices
      'compilation_cache': '~/.cache/facegen_jax/compiled',
      'log_every': 50,
      'save_every': 500,
      'sheet_every': 500,
      'sheet_rows': 8,
      'keep': 2,  # checkpoints, two or more
      **more,
    }
  )


def chosen(
  config: ml_collections.ConfigDict, variants: dict[str, Any], name: str
) -> ml_collections.ConfigDict:
  """`config` after its variant `name`, a function that changes it in place."""
  if name not in variants:
    raise ValueError(
      f'configs/{config.system}.py:{name} does not exist: there is '
      f'{", ".join(variants)}'
    )
  variants[name](config)
  return config
