"""SSLG as the trainer sees it: its network, turn and examples.

Yap, Yap, Davison & Cunningham, "Self-supervised spontaneous latent-based
facial expression sequence generation", 2023.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from facegen_jax.core.levels import to_unit
from facegen_jax.core.phases import Out, Phase, Stage, Turn
from facegen_jax.core.pure import pure
from facegen_jax.core.state import Net, Variables
from facegen_jax.data.clips import Clips
from facegen_jax.losses import content
from facegen_jax.systems.sslg import recursion
from facegen_jax.systems.sslg.checks import check
from facegen_jax.systems.sslg.examples import Examples
from facegen_jax.systems.sslg.networks import Autoencoder
from facegen_jax.systems.sslg.recursion import How, Start

_NET = 'generator'
_MOMENTS = 6  # of a long sequence, on a sheet


class System:
  """SSLG.

  Args:
    config: `configs/sslg.py`.
    clips: of the people to train on.
  """

  TAKES = ('constant', 'previous', 'current')

  def __init__(self, config: Any, clips: Clips | None = None):
    self.config = config
    check(config)
    self._init, self.apply = pure(_network(config))
    self._examples = Examples(config, clips) if clips else None

  def init(self, key: jax.Array) -> dict[str, Variables]:
    """First values of encoder and decoder."""
    return {_NET: self._init(key)}

  def frozen(self) -> Any:
    """Nothing is imported."""
    return {}

  def averages(self) -> dict[str, float]:
    """All of it, at `optimizer.ema`."""
    return {_NET: self.config.optimizer.ema}

  def optimizers(self) -> dict[str, optax.GradientTransformation]:
    """Adam; its rate falls to 0 over the last share `decay` of the steps."""
    c, steps = self.config.optimizer, self.config.stages.steps
    rate, last = c.learning_rate, round(c.decay * steps)
    if last:
      rate = optax.linear_schedule(
        rate, 0.0, last, transition_begin=steps - last
      )
    adam = optax.adam(rate, b1=c.b1, b2=c.b2)
    return {_NET: optax.chain(optax.clip_by_global_norm(c.clip), adam)}

  def stages(self) -> tuple[Stage, ...]:
    """One."""
    phase = Phase(_NET, (_NET,), self.loss)
    return (Stage('recursion', self.config.stages.steps, (phase,)),)

  def loss(self, params: dict[str, Any], turn: Turn) -> tuple[jax.Array, Out]:
    """Equation 1: mean over n of the mean squared error of P_i against F_i+2.

    Logged beside it: the error of each step, and of F_2 in its place.
    """
    video = to_unit(turn.batch['video'])
    noise, dropout = jax.random.split(turn.key)
    start = Start(
      to_unit(turn.batch['constant']),
      video[:, 0],
      video[:, 1],
      recursion.keys_of(noise, jnp.arange(len(video))),
    )
    real, c = video[:, 2:], self.config.recursion
    made = self.unfold(Variables(params[_NET]), start, c.n, dropout=dropout)
    errors = jnp.square(made - real).mean((0, 2, 3, 4))
    metrics = {f'step_{i + 1}': errors[i] for i in range(c.n)}
    metrics['last_frame'] = content.l2(
      jnp.broadcast_to(video[:, 1:2], real.shape), real
    )
    return errors.mean(), Out(metrics=metrics)

  def unfold(
    self,
    net: Variables,
    start: Start,
    frames: int,
    dropout: jax.Array | None = None,
  ) -> jax.Array:
    """`recursion.unfold` of this network, b frames h w 3.

    Args:
      net: weights.
      start: the first frames.
      frames: how many are made.
      dropout: its key, None for none.
    """
    c, train = self.config.recursion, dropout is not None

    def encode(picture: jax.Array, keys: jax.Array | None) -> list:
      return self.apply(net, picture, keys, method='encode', train=train)[0]

    def decode(*given: Any) -> jax.Array:
      return self.apply(net, *given, method='decode', train=train)[0]

    if not self.config.model.constant:
      start = start._replace(constant=None)
    remat = c.remat and train
    # A loop's body runs slowly on a CPU; the few steps of training need none.
    # Without a loop XLA orders what is computed twice as it likes, all at once.
    loop = remat or frames > 8 or jax.default_backend() != 'cpu'
    how = How(
      resample_noise=c.resample_noise,
      detach=c.detach,
      remat=remat,
      unroll=1 if loop else frames,
      onto=self.config.model.residual,
    )
    return recursion.unfold(encode, decode, start, frames, how, dropout)

  def examples(self) -> int:
    """One a clip."""
    return len(self._examples)

  def example(self, i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """See `Examples.example`."""
    return self._examples.example(i, rng)

  def show(
    self, nets: dict[str, Net], frozen: Any, batch: dict, key: jax.Array
  ) -> tuple[jax.Array, ...]:
    """F_c, F_1, F_2, the next n frames, then moments up to n_pred.

    Two rows an example: real, white where it ends, above made.
    """
    video, c = to_unit(batch['video']), self.config.recursion
    constant = to_unit(batch['constant'])
    given = {
      'constant': constant,
      'previous': video[:, 0],
      'current': video[:, 1],
    }
    made = self.generate(nets, frozen, given, key)
    later = np.linspace(min(c.n, c.n_pred - 1), c.n_pred - 1, _MOMENTS)
    picks = [*range(min(c.n, c.n_pred)), *later.round().astype(int)]
    white = jnp.ones_like(constant)

    def rows(real: jax.Array, fake: jax.Array) -> jax.Array:
      return jnp.stack([real, fake], 1).reshape(-1, *constant.shape[1:])

    return (
      *(rows(x, x) for x in given.values()),
      *(rows(video[:, 2 + i] if i < c.n else white, made[:, i]) for i in picks),
    )

  def generate(
    self, nets: dict[str, Net], frozen: Any, given: dict, key: jax.Array
  ) -> jax.Array:
    """The next `recursion.n_pred` frames, b t h w 3 in [-1, 1].

    `given`: `constant`, `previous`, `current`, b h w 3 in [-1, 1]: F_c, F_1,
    F_2; all three one picture where there is no more. Where they are given,
    `sample`, b int32, numbers futures, of which each is its own whatever else
    is in the batch; `time`, int32, is the number of `previous`, to go on from
    a sequence's last two frames.
    """
    del frozen  # nothing is imported
    samples = given.get('sample', jnp.arange(len(given['current'])))
    noise, dropout = jax.random.split(key)
    start = Start(
      *(given[name] for name in self.TAKES),
      recursion.keys_of(noise, samples),
      given.get('time', 0),
    )
    return self.unfold(
      nets[_NET].averaged,
      start,
      self.config.recursion.n_pred,
      dropout if self.config.model.mc_dropout else None,
    )


def _network(config: Any) -> Any:
  m = config.model
  encoder = {
    'channels': tuple(m.encoder),
    'kernel': m.encoder_kernel,
    'sigma': m.sigma,
    'noise_site': m.noise_site,
  }
  decoder = {
    'frames': 2 + m.constant,
    'channels': tuple(m.decoder),
    'up': m.up,
    'dropout': m.dropout,
    'residual': m.residual != 'none',
  }
  return lambda rngs: Autoencoder(
    encoder=encoder,
    decoder=decoder,
    norm=m.norm,
    dtype=jnp.dtype(m.dtype),
    rngs=rngs,
  )
