"""Parity of VGG-Face."""

from collections.abc import Mapping
from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.vgg import VGG
from facegen_jax.weights import vggface
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
)


def _vggface(
  config: Mapping[str, Any], params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  sizes, values = vggface.from_state(params, channels='bgr', place='this file')
  picture = jnp.asarray(inputs['image_uint8_nhwc_rgb'], jnp.float32)
  mean = tuple(config['mean_rgb'])
  outputs = {}
  for name, rgb in (
    ('bgr_matched_mean', mean),
    ('bgr_t7_demo_mean', mean[::-1]),
  ):
    net = VGG(**sizes, mean=rgb, rngs=nnx.Rngs(0))
    graph, state = nnx.split(net)
    nnx.replace_by_pure_dict(state, jax.tree.map(jnp.asarray, values))
    net = nnx.merge(graph, state)
    x = picture / 127.5 - 1
    corner = net.prepare(x)[:, :8, :8, ::-1]
    taps = jax.jit(lambda x, net=net: net.features(x))(x)
    outputs |= {
      f'{name}/net_input_corner': channels_first(corner),
      f'{name}/conv_5_3_pre_relu': channels_first(taps['conv5_3']),
      f'{name}/fc6_pre_relu': net.fc6(taps['pool5'].reshape(len(x), -1)),
      f'{name}/fc7_pre_relu': net.fc7(taps['fc6']),
      f'{name}/fc7_relu': taps['fc7'],
      f'{name}/fc8': taps['logits'],
      f'{name}/prob': nnx.softmax(taps['logits']),
    }
  return outputs


# By the `model` of a file's config.
CASES = {
  'vggface_parkhi2015': Case(_vggface, lambda _: Tolerance(0, 1e-4, 1e-5)),
}
