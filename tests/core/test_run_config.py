"""The fields of an experiment, and its variants."""

import sys

import pytest
from smoke import ROOT

from facegen_jax.core.run_config import chosen, run_config


def test_what_is_given_replaces_a_default_or_is_added():
  plain = run_config(system='x')
  config = run_config(system='x', batch_size=3, model={'width': 2})
  assert config.batch_size == 3 != plain.batch_size
  assert config.model.width == 2
  assert config.keep == plain.keep
  with pytest.raises(TypeError):  # a field keeps its type
    config.batch_size = 'many'


def test_no_experiment_shares_its_sections():
  one, two = run_config(system='x'), run_config(system='x')
  one.seed = 5
  assert two.seed == 0


def test_a_variant_changes_in_place_and_only_the_chosen_one():
  called = []
  variants = {
    'paper': lambda config: called.append('paper'),
    'small': lambda config: config.update(batch_size=2),
  }
  config = chosen(run_config(system='x'), variants, 'small')
  assert config.batch_size == 2
  assert not called


def test_an_unknown_variant_is_named_with_those_that_there_are():
  with pytest.raises(ValueError, match=r'configs/x\.py:huge .*paper, small'):
    chosen(run_config(system='x'), dict.fromkeys(['paper', 'small']), 'huge')


def test_every_config_has_what_the_trainer_reads():
  """A field that another file spells differently would be no error there."""
  wanted = set(run_config(system='x'))
  sections = {'data', 'model', 'optimizer', 'stages', 'evaluate'}
  optional = {'features', 'loss', 'recursion', 'encode', 'units'}
  sys.path.insert(0, str(ROOT))
  try:
    import importlib

    for path in sorted((ROOT / 'configs').glob('*.py')):
      if not (ROOT / 'facegen_jax' / 'systems' / path.stem).is_dir():
        continue  # an experiment over runs of several systems
      module = importlib.import_module(f'configs.{path.stem}')
      for variant in ('paper', 'smoke'):
        config = module.get_config(variant)
        assert set(config) - optional == wanted | sections, path
        assert config.system == path.stem
  finally:
    sys.path.remove(str(ROOT))
