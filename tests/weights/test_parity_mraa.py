"""MRAA's networks against stored outputs, and their names."""

import json
import math

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.systems.facial_prior.avd import AVD
from facegen_jax.systems.facial_prior.background import Background
from facegen_jax.systems.facial_prior.flow import PixelwiseFlow
from facegen_jax.systems.facial_prior.generator import Generator
from facegen_jax.systems.facial_prior.regions import RegionPredictor
from facegen_jax.weights import mraa, parity, parity_mraa_transfer
from facegen_jax.weights.export import to_state
from facegen_jax.weights.hashed import from_rules
from facegen_jax.weights.mapping import translate
from facegen_jax.weights.npz import read_npz

# Outputs of a file at least.
_STORED = {
  'mraa_avd_network': 5,
  'mraa_bg_affine': 1,
  'mraa_bg_perspective': 1,
  'mraa_bg_shift': 1,
  'mraa_bg_zero': 1,
  'mraa_generator': 5,
  'mraa_generator_noskips': 5,
  'mraa_get_animation_region_params': 6,
  'mraa_pipeline_animate': 16,
  'mraa_pixelwise_flow': 4,
  'mraa_pixelwise_flow_fixedvar_nodeformed_noocc': 1,
  'mraa_pixelwise_flow_nobg': 4,
  'mraa_pixelwise_flow_norevert': 4,
  'mraa_random_scale': 2,
  'mraa_region_predictor': 6,
  'mraa_region_predictor_nonsquare': 6,
  'mraa_region_predictor_regression': 4,
  'mraa_train_losses_grads': 28,
  'mraa_util_region2gaussian': 2,
}


@pytest.mark.parametrize('name', list(_STORED))
def test_stored_outputs_of_the_reference(shared, name):
  row = parity.check(shared / 'goldens/fomm_mraa' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared >= _STORED[name]


def test_avd_without_the_repair_of_axes(shared):
  path = shared / 'goldens/fomm_mraa/mraa_avd_network.npz'
  arrays = read_npz(path)
  config = json.loads(str(arrays['config']))
  given = {k.removeprefix('in/'): v for k, v in arrays.items()}
  run = parity_mraa_transfer.CASES['mraa_avd_network'].run
  with jax.default_matmul_precision('highest'):
    found = run(config, {}, given)
  names = [name for name in arrays if name.startswith('out_norevert/')]
  assert len(names) == 3
  for name in names:
    np.testing.assert_allclose(found[name], arrays[name], atol=1e-5)
  row = from_rules(config['param_rules'])['id_encoder.0.weight'][0]
  np.testing.assert_array_equal(row, arrays['check/first_weight_row'])


def test_hashed_arrays_by_hand():
  found = from_rules({'a': [7, -2.0, 3.0, [2, 3]], 'count': None})
  assert set(found) == {'a'}
  for i, value in enumerate(found['a'].ravel()):
    h = (i * 2654435761 + 7 * 40503 + 12345) % 2**32
    h = ((h ^ (h >> 15)) * 2246822519) % 2**32
    h ^= h >> 13
    assert value == np.float32(-2 + 5 * (h / 2**32))


def _generator(rngs):
  flow = PixelwiseFlow(align_corners=False, rngs=rngs)
  return Generator(flow, skips=True, align_corners=False, rngs=rngs)


_PUBLISHED = {
  'regions': (
    lambda rngs: RegionPredictor(rngs=rngs),
    14_146_728,
    mraa.region_predictor(5),
  ),
  'background': (
    lambda rngs: Background(rngs=rngs),
    6_282_438,
    mraa.background(5),
  ),
  'generator': (_generator, 45_575_391, mraa.generator(2, 6, 5)),
  'avd': (lambda rngs: AVD(rngs=rngs), 2_290_620, mraa.avd()),
}


@pytest.mark.parametrize('name', list(_PUBLISHED))
def test_published_sizes_have_the_published_counts_and_names(name):
  make, count, table = _PUBLISHED[name]
  net = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  _, params, rest = nnx.split(net, nnx.Param, ...)
  params, rest = nnx.to_pure_dict(params), nnx.to_pure_dict(rest)
  assert sum(math.prod(x.shape) for x in jax.tree.leaves(params)) == count
  assert len(jax.tree.leaves((params, rest))) == len(table)


_TINY = {'features': 2, 'blocks': 2, 'max_features': 4}
_SMALL = {
  'regions': (
    lambda rngs: RegionPredictor(3, pca=False, **_TINY, rngs=rngs),
    mraa.region_predictor(2, pca=False),
    {'regions.weight': (3, 5, 7, 7), 'jacobian.bias': (4,)},
  ),
  'background': (
    lambda rngs: Background('perspective', **_TINY, rngs=rngs),
    mraa.background(2, 'perspective'),
    {'fc.weight': (8, 4), 'encoder.down_blocks.0.conv.weight': (4, 6, 3, 3)},
  ),
  'avd': (
    lambda rngs: AVD(2, identity=3, pose=4, hidden=(5, 6, 7), rngs=rngs),
    mraa.avd(),
    {'id_encoder.9.weight': (3, 7), 'decoder.1.running_var': (7,)},
  ),
}


@pytest.mark.parametrize('name', list(_SMALL))
def test_names_lead_there_and_back(name):
  make, table, shapes = _SMALL[name]
  net = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  like = nnx.to_pure_dict(nnx.state(net))
  leaves, structure = jax.tree.flatten(like)
  draw = np.random.default_rng(0)
  tree = structure.unflatten(
    jnp.asarray(draw.normal(size=x.shape), jnp.float32) for x in leaves
  )
  state = to_state(table, tree)
  assert set(state) == set(table)
  assert {key: state[key].shape for key in shapes} == shapes
  back = translate(state, table, like, place='here')
  for a, b in zip(jax.tree.leaves(tree), jax.tree.leaves(back), strict=True):
    np.testing.assert_array_equal(a, b)


def test_a_background_at_rest_has_no_names():
  net = Background('zero', rngs=nnx.Rngs(0))
  assert not jax.tree.leaves(nnx.state(net))
  assert mraa.background(5, 'zero') == {}
