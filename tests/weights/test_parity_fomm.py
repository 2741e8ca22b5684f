"""The first order motion model against stored outputs, and its names."""

import json
import math

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.systems.facial_prior.dense_motion import DenseMotion
from facegen_jax.systems.facial_prior.discriminator import Discriminator
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.keypoints import KeypointDetector
from facegen_jax.weights import fomm, parity
from facegen_jax.weights.export import to_state
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.mapping import translate

# Outputs of a file at least.
_STORED = {
  'fomm_util_make_coordinate_grid': 3,
  'fomm_util_kp2gaussian': 1,
  'fomm_util_antialias_scale0p5': 1,
  'fomm_util_antialias_scale0p25': 1,
  'fomm_util_antialias_scale0p125': 1,
  'fomm_util_hourglass_0': 1,
  'fomm_transform': 6,
  'fomm_transform_affineonly': 6,
  'fomm_transform_strong': 6,
  'fomm_kp_detector': 2,
  'fomm_kp_detector_nojac': 1,
  'fomm_kp_detector_nonsquare': 2,
  'fomm_kp_detector_singlejac': 2,
  'fomm_dense_motion': 8,
  'fomm_dense_motion_nonsquare': 8,
  'fomm_dense_motion_zeroorder_noocc': 6,
  'fomm_generator': 7,
  'fomm_generator_noocc': 6,
  'fomm_discriminator_sn': 5,
  'fomm_discriminator_usekp': 5,
  'fomm_normalize_kp': 12,
  'fomm_pipeline_animate': 14,
  'fomm_train_full_losses': 61,
  'fomm_train_grads': 148,
  'vgg_perceptual': 9,
}


@pytest.mark.parametrize('name', list(_STORED))
def test_stored_outputs_of_the_reference(shared, name):
  row = parity.check(shared / 'goldens/fomm_mraa' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared >= _STORED[name]


def _grids(folder, name, **arrays):
  y, x = np.mgrid[-1:1:3j, -1:1:2j]
  config = json.dumps({'spatial_sizes': [[3, 2]]})
  stored = {'config': config, 'out/grid_3x2': np.stack([x, y], -1), **arrays}
  np.savez(folder / f'{name}.npz', **stored)
  return parity.check(folder / f'{name}.npz')


def test_a_files_name_says_what_its_config_does_not(tmp_path):
  named = _grids(tmp_path, 'fomm_util_make_coordinate_grid_7')
  assert (named.verdict, named.compared) == ('ok', 1)
  assert 'unsupported' in _grids(tmp_path, 'fomm_other').verdict


def test_every_kind_of_output_is_compared(tmp_path):
  name = 'fomm_util_make_coordinate_grid'
  for extra in ('out', 'outalt/grid_3x2'):
    row = _grids(tmp_path, name, **{extra: np.zeros(1)})
    assert row.verdict == f'FAIL (no {extra})'


def _split(make):
  """Parameters and the rest, as shapes."""
  net = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  _, params, rest = nnx.split(net, nnx.Param, ...)
  return nnx.to_pure_dict(params), nnx.to_pure_dict(rest)


def _detector(rngs):
  return KeypointDetector(rngs=rngs)


def _generator(rngs):
  motion = DenseMotion(align_corners=True, rngs=rngs)
  return Generator(motion, align_corners=True, rngs=rngs)


def _discriminator(rngs):
  return Discriminator(spectral=True, rngs=rngs)


_MOTION = fomm.dense_motion(5, occlusion=True)
_PUBLISHED = {
  _detector: (14_215_368, fomm.keypoint_detector(5, jacobian=True)),
  _generator: (
    45_575_391,
    fomm.generator(2, 6, _MOTION, 'dense_motion_network'),
  ),
  _discriminator: (2_758_849, fomm.discriminator([1], 4, spectral=True)),
}


@pytest.mark.parametrize('make', _PUBLISHED)
def test_published_sizes_have_the_published_counts_and_names(make):
  count, table = _PUBLISHED[make]
  params, rest = _split(make)
  found = sum(math.prod(x.shape) for x in jax.tree.leaves(params))
  assert found == count
  trees = (params, rest)
  assert len(jax.tree.leaves(trees)) == len(table)


def _tiny():
  motion = DenseMotion(
    2,
    features=2,
    blocks=2,
    max_features=4,
    factor=2,
    align_corners=True,
    rngs=nnx.Rngs(0),
  )
  return Generator(
    motion,
    features=2,
    down_blocks=1,
    res_blocks=1,
    align_corners=True,
    rngs=nnx.Rngs(0),
  )


def _counted(tree):
  """Every entry another number."""
  leaves, structure = jax.tree.flatten(tree)
  first, filled = 0, []
  for leaf in leaves:
    size = math.prod(leaf.shape)
    filled.append(jnp.arange(first, first + size).reshape(leaf.shape) * 1.0)
    first += size
  return structure.unflatten(filled)


def _round_trip(net, table):
  tree = _counted(nnx.to_pure_dict(nnx.state(net)))
  state = to_state(table, tree, layouts=fomm.BACK)
  assert set(state) == set(table)
  back = translate(state, table, tree, place='here')
  for a, b in zip(jax.tree.leaves(tree), jax.tree.leaves(back), strict=True):
    np.testing.assert_array_equal(a, b)
  return state


def test_names_lead_there_and_back():
  motion = fomm.dense_motion(2, occlusion=True)
  table = fomm.generator(1, 1, motion, 'dense_motion_network')
  state = _round_trip(nnx.eval_shape(_tiny), table)
  shapes = {
    'dense_motion_network.mask.weight': (3, 14, 7, 7),
    'down_blocks.0.conv.weight': (4, 2, 3, 3),
    'bottleneck.r0.norm2.running_var': (4,),
    'final.weight': (3, 2, 7, 7),
  }
  assert {name: state[name].shape for name in shapes} == shapes


def test_spectral_names_lead_there_and_back():
  options = {'features': 2, 'blocks': 2, 'max_features': 6}
  net = nnx.eval_shape(
    lambda: Discriminator(2, spectral=True, **options, rngs=nnx.Rngs(0))
  )
  state = _round_trip(net, fomm.discriminator([1, 0.5], 2, spectral=True))
  weight = state['discs.0-5.down_blocks.1.conv.weight_orig']
  assert weight.shape == (6, 4, 4, 4)
  assert state['discs.0-5.down_blocks.1.conv.weight_v'].shape == (64,)


def test_what_is_computed_is_left_out_and_what_is_amiss_named():
  motion = fomm.dense_motion(2, occlusion=True)
  table = fomm.generator(1, 1, motion, 'dense_motion_network')
  tree = _counted(nnx.to_pure_dict(nnx.state(nnx.eval_shape(_tiny))))
  state = to_state(table, tree)
  full = state | {
    'dense_motion_network.down.weight': np.zeros((3, 1, 5, 5)),
    'first.norm.num_batches_tracked': np.zeros(()),
  }
  assert set(learned(full)) == set(state)
  del full['first.conv.bias']
  with pytest.raises(UserError, match=r'missing: first\.conv\.bias'):
    translate(learned(full), table, tree, place='a file')
