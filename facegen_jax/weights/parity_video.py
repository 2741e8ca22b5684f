"""Parity of R3D-18, MC3-18 and R(2+1)D-18."""

from collections.abc import Mapping
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.nn.video_resnet import KINDS, STAGES, VideoResNet
from facegen_jax.weights.parity_case import Arrays, Case, Tolerance
from facegen_jax.weights.recipe import from_recipe
from facegen_jax.weights.video_names import to_state
from facegen_jax.weights.video_resnet import from_state


def _channels_last(x: np.ndarray) -> jax.Array:
  return jnp.asarray(x.transpose(0, 2, 3, 4, 1))


def _channels_first(x: jax.Array) -> jax.Array:
  return x.transpose(0, 4, 1, 2, 3)


def _train(
  apply: Any, kind: str, variables: Variables, clip: jax.Array, labels: Any
) -> dict[str, Any]:
  """One forward and backward pass in training mode."""

  def loss(params: dict, stats: dict) -> tuple:
    logits, stats = apply(Variables(params, stats), clip, train=True)
    picked = jnp.take_along_axis(jax.nn.log_softmax(logits), labels, 1)
    return -picked.mean(), (logits, stats)

  step = jax.jit(jax.value_and_grad(loss, has_aux=True))
  (value, (logits, stats)), gradient = step(*variables)
  outputs = {'logits': logits, 'ce_loss': value[None]}
  outputs |= to_state(kind, stats)
  found = to_state(kind, gradient)
  return outputs | {f'grad/{name}': value for name, value in found.items()}


def _evaluate(taps: Mapping[str, jax.Array]) -> dict[str, Any]:
  outputs = {name: _channels_first(taps[name]) for name in ('stem', *STAGES)}
  outputs['stem_c8'] = outputs['stem'][:, ::8]
  outputs['avgpool'] = taps['avgpool'][:, :, None, None, None]
  return outputs | {'logits': taps['logits']}


def _video(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  if 'recipe' in config:
    params, inputs = from_recipe(config)
  kind = config['model']
  sizes, variables, _ = from_state(params, kind=kind, place='this file')
  variables = jax.tree.map(jnp.asarray, variables)
  _, apply = pure(lambda rngs: VideoResNet(**sizes, rngs=rngs))
  features = jax.jit(functools.partial(apply, method='features'))
  outputs = {}
  for name, array in inputs.items():
    place, _, what = name.partition('/')
    if what not in ('', 'clip'):
      continue
    clip = _channels_last(array)
    if place == 'train':
      labels = jnp.asarray(inputs['train/labels'])[:, None]
      found = _train(apply, kind, variables, clip, labels)
    else:
      found = _evaluate(features(variables, clip)[0])
    outputs |= {f'{place}/{key}': value for key, value in found.items()}
  return outputs


def _tolerance(name: str) -> Tolerance:
  # Sums of thousands of terms that cancel: PyTorch's own float32 gradients are
  # up to 7e-4 from the exact ones where the largest is 30.
  if name.startswith('train/grad/'):
    return Tolerance(0, 1e-4, 5e-4)
  return Tolerance(5e-4, 1e-4)


# By the `model` of a file's config; `_recipe` files are of full width.
CASES = {kind: Case(_video, _tolerance) for kind in KINDS}
CASES |= {
  f'{kind}_recipe': Case(_video, lambda _: Tolerance(0, 1e-3, 1e-4))
  for kind in KINDS
}
