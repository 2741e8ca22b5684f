"""The runs of the micro-expression experiment."""

import pytest
from tiny_micro import plan_of

from facegen_jax import recognition_runs
from facegen_jax.core.errors import UserError
from facegen_jax.recognition_runs import Row

VARIANTS = ['fomm', 'fomm_ewp', 'fomm_awp', 'mraa', 'mraa_awp']


def test_published_runs(tmp_path):
  plan = plan_of(tmp_path, 'paper')
  found = {name: plan.generator(name, 2) for name in plan.variants}
  assert list(found) == VARIANTS
  for name, config in found.items():
    motion, _, prior = name.partition('_')
    assert (config.model.motion, config.model.prior) == (
      motion,
      prior or 'none',
    )
    assert (config.seed, config.data.seed, config.data.held_out) == (2, 2, 0.3)
    assert config.data.size == 256
  assert [plan.recogniser(k).model.kind for k in plan.kinds] == [
    'mc3_18',
    'r2plus1d_18',
    'r3d_18',
  ]
  assert plan.recogniser('mc3_18').stages.epochs == 150
  assert plan.config.clips.count == 0


@pytest.mark.parametrize('variant', ['paper', 'cpu', 'smoke'])
def test_recognisers_are_of_the_generators_people(tmp_path, variant):
  plan = plan_of(tmp_path, variant)
  for seed in (0, 1):
    config, _ = recognition_runs.of_row(
      plan.recogniser('r3d_18'), tmp_path, Row('', 1.0), seed, 'gen/{seed}'
    )
    data = plan.generator('fomm_awp', seed).data
    for name in ('name', 'dir', 'split', 'seed', 'held_out', 'size', 'crop'):
      assert config.data[name] == data[name], name
    assert config.data.synth_face.to_dict() == data.synth_face.to_dict()
    assert config.data.generated == f'gen/{seed}'
    assert config.data.clip_frames in (4, 8)


def test_overrides_reach_every_run(tmp_path):
  plan = plan_of(
    tmp_path,
    generator__overrides='stages.motion=9 data.synth_face.identities=5 '
    'model.transfer=absolute',
    recogniser__overrides='optimizer.learning_rate=0.5',
  )
  config = plan.generator('fomm', 0)
  assert config.stages.motion == 9
  assert config.model.transfer == 'absolute'
  assert plan.recogniser('r3d_18').data.synth_face.identities == 5
  assert plan.recogniser('r3d_18').optimizer.learning_rate == 0.5


WRONG = {
  'no field': ({'generator__overrides': 'stages.all=9'}, r'stages\.all=9 sets'),
  'no room': ({'generator__overrides': 'x.y=9'}, r'x\.y=9 sets no field'),
  'a word': ({'generator__overrides': 'stages.motion=many'}, r'=many sets no'),
  'no variant': ({'generator__size': 'tiny_'}, r'tiny_fomm.* does not exist'),
  'no config': ({'generator__config': 'x.py'}, r'x\.py does not exist'),
  'unknown': ({'augmented__variant': 'mraa'}, r"'mraa' is none of config\.gen"),
  'kinds': ({'augmented__kinds': ('x',)}, r"augmented\.kinds names 'x'"),
  'seeds': ({'automatic__seeds': 4}, r'automatic\.seeds=4 of config\.seeds=1'),
}


@pytest.mark.parametrize('case', WRONG)
def test_wrong_values_are_one_line(tmp_path, case):
  values, told = WRONG[case]
  with pytest.raises(UserError, match=told):
    plan_of(tmp_path, **values).generator('fomm', 0)
