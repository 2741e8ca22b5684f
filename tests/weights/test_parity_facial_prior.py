"""The facial prior against stored outputs, and the names of its weights."""

from flax import nnx
import jax
import pytest

from facegen_jax.systems.facial_prior.prior_keypoints import (
  PriorKeypointDetector,
)
from facegen_jax.systems.facial_prior.prior_regions import PriorRegionPredictor
from facegen_jax.weights import facial_prior, parity

# Outputs of a file at least.
_STORED = {
  'fpb_awp_fusion': 1,
  'fpb_awp_maps': 3,
  'fpb_ewp_maps': 2,
  'fpb_fomm_kp_detector_awp': 2,
  'fpb_fomm_kp_detector_ewp': 2,
  'fpb_keypoints_from_landmarks': 3,
  'fpb_mraa_region_predictor_awp': 5,
  'fpb_pipeline_fomm_awp': 7,
  'fpb_pipeline_fomm_ewp': 7,
  'fpb_pipeline_mraa_awp': 7,
  'fpb_train_losses_fomm_awp': 18,
}


@pytest.mark.parametrize('name', list(_STORED))
def test_stored_outputs_of_the_reference(shared, name):
  row = parity.check(shared / 'goldens/fomm_mraa' / f'{name}.npz')
  assert row.verdict == 'ok', row
  assert row.compared >= _STORED[name]


_TINY = {'features': 2, 'blocks': 2, 'max_features': 4}
_NETWORKS = {
  'ewp': (
    lambda rngs: PriorKeypointDetector(joined='ewp', **_TINY, rngs=rngs),
    facial_prior.keypoint_detector(2, joined='ewp'),
  ),
  'awp': (
    lambda rngs: PriorKeypointDetector(joined='awp', **_TINY, rngs=rngs),
    facial_prior.keypoint_detector(2, joined='awp'),
  ),
  'regions': (
    lambda rngs: PriorRegionPredictor(**_TINY, rngs=rngs),
    facial_prior.region_predictor(2),
  ),
}


@pytest.mark.parametrize('name', list(_NETWORKS))
def test_every_array_has_a_name(name):
  make, table = _NETWORKS[name]
  net = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
  tree = nnx.to_pure_dict(nnx.state(net))
  paths = {
    tuple(step.key for step in path)
    for path, _ in jax.tree_util.tree_leaves_with_path(tree)
  }
  assert {target.path for target in table.values()} == paths
  learned = {'ewp': set(), 'awp': {'learn', 'learn1'}}
  wanted = learned.get(name, {'region1', 'region2'})
  ends = ('learn', 'learn1', 'region1', 'region2')
  found = {key.partition('.')[0] for key in table}
  assert found & set(ends) == wanted
