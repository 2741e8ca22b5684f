"""Which resolution when, the fade, and what a user may set wrong."""

import itertools

import numpy as np
import pytest
from tiny_au_transfer import au_config, tiny

from facegen_jax.core.errors import UserError
from facegen_jax.systems.au_transfer import curriculum
from facegen_jax.systems.au_transfer.checks import check


def levels(variant='smoke', **changes):
  return curriculum.levels(au_config(variant, **changes))


def test_the_published_schedule():
  """600 thousand pictures a stage from 8 px on, 25 million in all."""
  found = levels(data__size=1024, variant='paper', model__base=16384)
  assert [level.name for level in found[:4]] == [
    'stable8',
    'fade16',
    'stable16',
    'fade32',
  ]
  assert found[-1].name == 'stable1024'
  kimg = [level.steps * level.batch / 1000 for level in found]
  np.testing.assert_allclose(kimg[:-1], 600, atol=0.1)
  assert sum(kimg) == pytest.approx(25000, abs=0.5)  # whole batches
  rates = {level.size: level.rate(1e-3) for level in found}
  expected = {8: 1, 16: 1, 32: 1, 64: 1, 128: 1.5, 256: 2, 512: 3, 1024: 3}
  assert rates == pytest.approx({k: v * 1e-3 for k, v in expected.items()})
  assert [found[i].layers for i in (0, 1, -1)] == [4, 6, 18]


def test_stages_follow_each_other():
  found = levels(stages__features=5)
  assert found[0].start == 5
  for a, b in itertools.pairwise(found):
    assert b.start == a.start + a.steps


def test_a_fade_goes_from_the_old_resolution_to_the_new():
  first, fade, last = levels()
  assert first.share(first.start) is None and last.share(last.start) is None
  steps = fade.start + np.arange(fade.steps)
  shares = [float(fade.share(step)) for step in steps]
  np.testing.assert_allclose(shares, 1 - np.arange(fade.steps) / fade.steps)
  assert float(fade.share(last.start + 3)) == 0  # never beyond


def test_an_average_halves_in_ten_thousand_pictures():
  (level, *_) = levels(stages__batch__px8=32)
  assert level.decay(10.0) ** (10_000 / 32) == pytest.approx(0.5)


def test_the_last_stage_takes_what_is_left():
  *_, last = levels('cpu')
  config = au_config('cpu')
  left = config.stages.total_kimg - curriculum.least_kimg(config)
  assert last.steps * last.batch / 1000 == pytest.approx(left, abs=0.1)


@pytest.mark.parametrize(
  ('changes', 'told'),
  [
    ({'data__size': 24}, r'data\.size=24.*power of 2'),
    ({'data__size': 2048, 'model__base': 4096}, r'data\.size=2048'),
    ({'stages__start': 4}, r'stages\.start=4'),
    ({'stages__start': 32}, r'stages\.start=32 is above'),
    ({'stages__batch__px16': 6}, r'stages\.batch\.px16=6'),
    ({'stages__total_kimg': 0.028}, r'total_kimg=0\.028'),
    ({'stages__fade_kimg': 0.0}, r'fade_kimg=0'),
    ({'stages__features': 0}, r'features\.vgg16 names none'),
    ({'model__base': 8}, r'model\.base=8'),
    ({'model__w': 0}, r'model\.w=0'),
    ({'model__mixing': 1.5}, r'model\.mixing=1\.5'),
    ({'model__dtype': 'float16'}, r'model\.dtype='),
    ({'features__blocks': 6}, r'features\.blocks=6'),
    ({'features__input_size': 3}, r'input_size=3'),
    ({'loss__r1_every': 0}, r'loss\.r1_every=0'),
  ],
)
def test_a_wrong_config_is_told_in_one_line(changes, told):
  with pytest.raises(UserError, match=told) as error:
    check(au_config(**changes))
  assert '\n' not in str(error.value)


def test_a_generator_may_be_trained_alone():
  system = tiny(stages__features=0, stages__regressor=0)
  names = [stage.name for stage in system.stages() if stage.steps]
  assert names == ['stable8', 'fade16', 'stable16']
  assert set(system.averages()) == {'generator'}
  assert set(system.optimizers()) == {'generator', 'discriminator'}
