"""MoCoGAN's networks against the stored outputs of the authors' own."""

import numpy as np
import pytest

from facegen_jax.weights import mocogan, parity


@pytest.mark.parametrize(
  ('name', 'outputs'),
  [
    ('mocogan_g', 3),
    ('mocogan_d_patch_image', 2),
    ('mocogan_d_categorical_video', 3),
  ],
)
def test_stored_outputs_of_the_reference(shared, name, outputs):
  path = shared / 'goldens/fevgan_aipgan' / f'{name}.npz'
  row = parity.check(path)
  assert row.verdict == 'ok', row
  assert row.compared == outputs


def test_a_changed_gate_is_seen(shared, tmp_path):
  """The order of the recurrence's gates is compared, not taken on trust."""
  path = shared / 'goldens/fevgan_aipgan/mocogan_g.npz'
  arrays = dict(np.load(path, allow_pickle=False))
  for name in ('weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'):
    x = arrays[f'param/recurrent.{name}']
    arrays[f'param/recurrent.{name}'] = np.roll(x, len(x) // 3, 0)
  np.savez(tmp_path / 'wrong.npz', **arrays)
  assert parity.check(tmp_path / 'wrong.npz').verdict == 'FAIL'


def test_names_skip_the_layers_without_arrays():
  frames = [name for name in mocogan.image_discriminator(4) if 'main' in name]
  clips = mocogan.video_discriminator(5)
  assert [n for n in frames if n.count('.') == 2 and n.endswith('weight')] == [
    'main.1.weight',
    'main.4.weight',
    'main.5.weight',
    'main.8.weight',
    'main.9.weight',
    'main.12.weight',
  ]
  assert 'main.15.weight' in clips
  assert not {'main.16.weight', 'main.15.running_mean'} & set(clips)
