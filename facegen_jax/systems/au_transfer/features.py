"""What pictures are compared by: VGG-16's last layer.

The paper's is ImageNet's (`imported`). Without that file a network of the same
topology learns people and action units on the training split: its `logits`
are a code of the person and ten times twelve intensities. A second one, the
judge, never serves a loss and measures what comes out.
"""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp
import optax

from facegen_jax.core.pure import pure
from facegen_jax.core.state import Variables
from facegen_jax.data import vocabulary
from facegen_jax.nn.vgg import VGG
from facegen_jax.systems.au_transfer.preprocessing import IMAGENET_SIDE, resized
from facegen_jax.weights.vgg import load_vgg

UNITS = len(vocabulary.AUS)
# Of a logit: what tells units has the size of what tells people, and Adam's
# steps stay small beside an intensity.
_TENTH = 0.1


class Features:
  """A VGG-16 as `init` and its last layer.

  Args:
    sizes: of `VGG`.

  Attributes:
    sizes: as given.
    init: key to `Variables`.
    apply: as `core.pure` makes it.
  """

  def __init__(self, sizes: dict[str, Any]):
    self.sizes = sizes
    self.init, self.apply = pure(lambda rngs: VGG(**sizes, rngs=rngs))

  def taps(self, net: Variables, x: jax.Array) -> dict[str, jax.Array]:
    """What its layers make of pictures b h w 3 in [-1, 1]."""
    return self.apply(net, self.seen(x), method='features')[0]

  def logits(self, net: Variables, x: jax.Array) -> jax.Array:
    """The last fully connected layer, b f, of pictures b h w 3 in [-1, 1]."""
    return self.taps(net, x)['logits']

  def seen(self, x: jax.Array) -> jax.Array:
    """Pictures at the size that the network was trained at."""
    return resized(x, self.sizes['input_size'] or IMAGENET_SIDE)


def imported(path: str) -> tuple[Features, Variables]:
  """VGG-16 of ImageNet from torchvision's file, `logits` included."""
  sizes, params = load_vgg(path)
  return Features(sizes), Variables(params)


class People(nnx.Module):
  """Tells people apart by their code; of use in training alone."""

  def __init__(self, code: int, people: int, *, rngs: nnx.Rngs):
    self.head = nnx.Linear(code, people, rngs=rngs)

  def __call__(self, code: jax.Array) -> jax.Array:
    """B code -> b people."""
    return self.head(code)


class FaceFeatures(Features):
  """The run's own: `logits` are a person's code, then the action units.

  Args:
    config: `blocks`, `width`, `fc_features`, `input_size`, `norm`, `code`.
  """

  def __init__(self, config: Any):
    self.code = config.code
    names = ('blocks', 'width', 'fc_features', 'input_size')
    sizes = {name: config[name] for name in names}
    super().__init__(
      sizes | {'norm': config.norm or None, 'classes': self.code + UNITS}
    )

  def units(self, net: Variables, x: jax.Array) -> jax.Array:
    """Intensities b 12, in [0, 1] about, of pictures b h w 3 in [-1, 1]."""
    return _TENTH * self.logits(net, x)[:, self.code :]

  def identity(self, net: Variables, x: jax.Array) -> jax.Array:
    """Unit codes b d of the people in pictures b h w 3 in [-1, 1]."""
    code = self.logits(net, x)[:, : self.code]
    return code / jnp.linalg.norm(code, axis=1, keepdims=True).clip(1e-6)

  def read(
    self, net: Variables, x: jax.Array
  ) -> tuple[jax.Array, jax.Array, dict[str, Any]]:
    """As it learns: codes b d, intensities b 12, new statistics."""
    taps, stats = self.apply(net, self.seen(x), method='features', train=True)
    logits = taps['logits'].astype(jnp.float32)
    return logits[:, : self.code], _TENTH * logits[:, self.code :], stats


def people_loss(
  logits: jax.Array, subject: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """Mean cross-entropy and accuracy of logits b n against people b."""
  loss = optax.softmax_cross_entropy_with_integer_labels(logits, subject)
  return loss.mean(), (logits.argmax(1) == subject).mean()


def units_loss(
  read: jax.Array, graded: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """Mean squared and mean absolute error over graded rows; b 12 both.

  Both are 0 where no row is graded.
  """
  known = (graded >= 0).astype(jnp.float32)
  count = known.sum().clip(1.0)
  error = (read - graded) * known
  return jnp.square(error).sum() / count, jnp.abs(error).sum() / count
