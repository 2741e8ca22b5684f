"""The losses of a first order motion model, one reconstruction at a time.

Siarohin et al., NeurIPS 2019, section 3.2: a driving frame of the source's own
clip is painted from the source.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax

from facegen_jax.core.state import Variables
from facegen_jax.nn.thin_plate import ThinPlate, warp_frame
from facegen_jax.systems.facial_prior import (
  adversarial,
  equivariance,
  perceptual,
)
from facegen_jax.systems.facial_prior.generator import Generated
from facegen_jax.systems.facial_prior.keypoints import KeyPoints

Apply = Callable[..., tuple[Any, dict]]


class LossWeights(NamedTuple):
  """Published values; `gan` 0 also turns `feature_matching` off."""

  perceptual: Sequence[float] = perceptual.WEIGHTS
  gan: float = 1.0
  feature_matching: Sequence[float] = adversarial.FEATURE_WEIGHTS
  value: float = 10.0
  jacobian: float = 10.0


PUBLISHED = LossWeights()


class Rebuilt(NamedTuple):
  """A driving frame, rebuilt.

  Attributes:
    generated: from the source.
    source: the source's points.
    driving: the driving frame's.
    frame: the driving frame as the plate deforms it.
    deformed: its points.
    stats: of the networks, after.
  """

  generated: Generated
  source: KeyPoints
  driving: KeyPoints
  frame: jax.Array
  deformed: KeyPoints
  stats: dict[str, dict]


class _Network:
  """A network in training, which keeps its statistics up to date."""

  def __init__(self, apply: Apply, variables: Variables) -> None:
    self._apply, self._params = apply, variables.params
    self.stats = variables.stats

  def __call__(self, *args: Any) -> Any:
    variables = Variables(self._params, self.stats)
    out, self.stats = self._apply(variables, *args, train=True)
    return out


def rebuild(
  applies: Mapping[str, Apply],
  variables: Mapping[str, Variables],
  source: jax.Array,
  driving: jax.Array,
  plate: ThinPlate,
  *,
  hints: Mapping[str, tuple] | None = None,
  align_corners: bool,
) -> Rebuilt:
  """Runs 'points' on source, driving and deformed frame, and 'generator'.

  Args:
    applies: pure networks: 'points', whose result is `KeyPoints`, 'generator'.
    variables: theirs.
    source: b h w 3 in [0, 1], as `driving`.
    driving: what to rebuild.
    plate: the deformation under which points must move along.
    hints: what else 'points' is given, for 'source', 'driving', 'deformed'.
    align_corners: of deforming the frame.
  """
  nets = {
    k: _Network(applies[k], variables[k]) for k in ('points', 'generator')
  }
  frame = warp_frame(plate, driving, align_corners=align_corners)
  hints = hints or {}
  of_source = nets['points'](source, *hints.get('source', ()))
  of_driving = nets['points'](driving, *hints.get('driving', ()))
  generated = nets['generator'](source, of_source, of_driving)
  of_deformed = nets['points'](frame, *hints.get('deformed', ()))
  stats = {name: net.stats for name, net in nets.items()}
  return Rebuilt(generated, of_source, of_driving, frame, of_deformed, stats)


def _judged(
  discriminator: _Network,
  made: Sequence[jax.Array],
  real: Sequence[jax.Array],
  points: jax.Array,
) -> tuple[Any, Any]:
  """The critics' view of the made pictures, then of the real ones."""
  points = jax.lax.stop_gradient(points)
  return tuple(discriminator(pictures, points) for pictures in (made, real))


def generator_losses(
  rebuilt: Rebuilt,
  driving: jax.Array,
  plate: ThinPlate,
  seen: perceptual.Seen,
  apply: Apply | None = None,
  variables: Variables | None = None,
  *,
  weights: LossWeights = PUBLISHED,
  factors: Sequence[int] = perceptual.FACTORS,
  critic_factors: Sequence[int] = (1,),
) -> tuple[dict[str, jax.Array], dict]:
  """The weighed losses of the points and the generator, by name.

  Args:
    rebuilt: see `rebuild`.
    driving: b h w 3 in [0, 1].
    plate: that was given to `rebuild`.
    seen: taps of a fixed VGG-19, see `perceptual.parts`.
    apply: the discriminator; not needed if `weights.gan` is 0.
    variables: its.
    weights: of the terms.
    factors: by which pictures are shrunk for `seen`.
    critic_factors: likewise for the discriminator, a scale each.

  Returns:
    The losses and the discriminator's statistics after.
  """
  prediction = rebuilt.generated.prediction
  pyramids = [perceptual.pyramid(x, factors) for x in (prediction, driving)]
  found = {
    'perceptual': perceptual.distance(seen, *pyramids, weights.perceptual)
  }
  stats = {}
  if weights.gan:
    critic = _Network(apply, variables)
    pyramids = [
      perceptual.pyramid(x, critic_factors) for x in (prediction, driving)
    ]
    fake, real = _judged(critic, *pyramids, rebuilt.driving.value)
    found['gan'] = weights.gan * adversarial.generator(fake)
    found['feature_matching'] = adversarial.feature_matching(
      real, fake, weights.feature_matching
    )
    stats = critic.stats
  return found | _equivariance(rebuilt, plate, weights), stats


def _equivariance(
  rebuilt: Rebuilt, plate: ThinPlate, weights: LossWeights
) -> dict[str, jax.Array]:
  points, deformed = rebuilt.driving, rebuilt.deformed
  found = {}
  if weights.value:
    value = equivariance.value(points.value, deformed.value, plate)
    found['equivariance_value'] = weights.value * value
  if weights.jacobian and points.jacobian is not None:
    bend = equivariance.jacobian(
      points.jacobian, deformed.jacobian, deformed.value, plate
    )
    found['equivariance_jacobian'] = weights.jacobian * bend
  return found


def discriminator_loss(
  apply: Apply,
  variables: Variables,
  prediction: jax.Array,
  driving: jax.Array,
  points: jax.Array,
  *,
  critic_factors: Sequence[int] = (1,),
) -> tuple[jax.Array, dict]:
  """The critics' loss on a fixed prediction, and their statistics after.

  `prediction`, `driving`: b h w 3 in [0, 1]; `points`: b k 2 of `driving`.
  """
  critic = _Network(apply, variables)
  fixed = jax.lax.stop_gradient(prediction)
  made, real = (perceptual.pyramid(x, critic_factors) for x in (fixed, driving))
  fake, true = _judged(critic, made, real, points)
  return adversarial.discriminator(true, fake), critic.stats
