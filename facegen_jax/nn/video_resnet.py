"""R3D-18, MC3-18 and R(2+1)D-18 (Tran et al., CVPR 2018), as torchvision's."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.nn.video_blocks import Block, ConvNorm

KINDS = ('r3d_18', 'mc3_18', 'r2plus1d_18')
STAGES = ('layer1', 'layer2', 'layer3', 'layer4')
KINETICS_MEAN = (0.43216, 0.394666, 0.37645)  # RGB, of 0..1
KINETICS_STD = (0.22803, 0.22145, 0.216989)


def prepare(clip: jax.Array, scaling: str = 'kinetics') -> jax.Array:
  """The networks' input of RGB clips b t h w 3 in [-1, 1].

  'kinetics': of 0..1, less the mean, over the deviation, as the published
  weights were trained. 'raw255': 0..255 as they are, as MEB feeds them.
  """
  if scaling == 'raw255':
    return (clip + 1) * 127.5
  if scaling != 'kinetics':
    raise ValueError(f"scaling is 'kinetics' or 'raw255', not {scaling!r}")
  mean = jnp.asarray(KINETICS_MEAN, clip.dtype)
  return ((clip + 1) / 2 - mean) / jnp.asarray(KINETICS_STD, clip.dtype)


def head(features: int, classes: int, rngs: nnx.Rngs) -> nnx.Linear:
  """A new `fc`: weights of deviation 0.01, biases 0, computed in float32."""
  small = nnx.initializers.normal(0.01)
  return nnx.Linear(features, classes, kernel_init=small, rngs=rngs)


class VideoResNet(nnx.Module):
  """18-layer video ResNet: `stem`, `layer1` .. `layer4` of two blocks, `fc`.

  Args:
    kind: 'r3d_18' (3x3x3 everywhere), 'mc3_18' (1x3x3 from layer2 on, time is
      never halved) or 'r2plus1d_18' (1x3x3, then 3x1x1).
    classes: outputs of `fc`.
    width: channels of layer1 (64 in the paper); 2, 4 and 8 times in the next.
    stem_middle: channels between the stem's two convolutions, R(2+1)D only.
    dtype: computed in (None: the input's); parameters, pooling and `fc` are
      float32.
    rngs: random stream of the initial weights.
  """

  def __init__(
    self,
    kind: str,
    *,
    classes: int = 400,
    width: int = 64,
    stem_middle: int = 45,
    dtype: Any = None,
    rngs: nnx.Rngs,
  ) -> None:
    if kind not in KINDS:
      raise ValueError(f'kind is one of {KINDS}, not {kind!r}')
    factored = kind == 'r2plus1d_18'
    shared = {'dtype': dtype, 'rngs': rngs}
    middle = stem_middle if factored else None
    self.stem = ConvNorm(
      3, width, (3, 7), stride=(1, 2), middle=middle, **shared
    )
    features = width
    for i, name in enumerate(STAGES):
      flat = kind == 'mc3_18' and i > 0
      stride = (1, 1) if i == 0 else (1 if flat else 2, 2)
      out = width * 2**i
      form = {'frames': 1 if flat else 3, 'factored': factored, **shared}
      first = Block(features, out, stride=stride, **form)
      second = Block(out, out, stride=(1, 1), **form)
      setattr(self, name, nnx.List([first, second]))
      features = out
    self.fc = head(features, classes, rngs)

  def features(self, x: jax.Array) -> dict[str, jax.Array]:
    """Of prepared clips b t h w 3 (`prepare`), any size.

    `stem`, `layer1` .. `layer4` (b t' h' w' c), `avgpool` (b c) and `logits`
    (b classes), the last two float32. 16 x 112 x 112 becomes 16 x 56 x 56 in
    the stem and 2 x 7 x 7 in layer4 (MC3: 16 x 7 x 7).
    """
    taps = {'stem': nnx.relu(self.stem(x))}
    x = taps['stem']
    for name in STAGES:
      for block in getattr(self, name):
        x = block(x)
      taps[name] = x
    taps['avgpool'] = x.astype(jnp.float32).mean((1, 2, 3))
    taps['logits'] = self.fc(taps['avgpool'])
    return taps

  def __call__(self, x: jax.Array) -> jax.Array:
    """Logits b classes of prepared clips b t h w 3."""
    return self.features(x)['logits']
