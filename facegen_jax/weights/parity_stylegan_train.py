"""Parity of StyleGAN's losses and their gradients, R1's second order too."""

from typing import Any

from flax import nnx
import jax
import jax.numpy as jnp

from facegen_jax.losses.gradient_penalty import r1
from facegen_jax.weights import stylegan
from facegen_jax.weights.export import to_state
from facegen_jax.weights.mapping import Table
from facegen_jax.weights.parity_case import (
  Arrays,
  Case,
  Tolerance,
  channels_first,
  channels_last,
  under,
)
from facegen_jax.weights.parity_stylegan import (
  Config,
  discriminator,
  generator,
  of_generator,
  scores,
)


def _named(table: Table, gradient: Any, prefix: str) -> dict[str, Any]:
  tree = nnx.to_pure_dict(gradient)
  found = to_state(table, tree, layouts=stylegan.BACK)
  return {f'{prefix}/{name}': value for name, value in found.items()}


def _discriminator(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  net = discriminator(params)
  graph, state = nnx.split(net)
  real, fake = (channels_last(inputs[k]) for k in ('image', 'fake'))

  def penalty(state: nnx.State) -> tuple:
    values = r1(nnx.merge(graph, state), real)
    return values.mean(), values

  def total(state: nnx.State) -> tuple:
    critic = nnx.merge(graph, state)
    adversarial = nnx.softplus(critic(fake)) + nnx.softplus(-critic(real))
    mean, _ = penalty(state)
    return adversarial.mean() + config['r1_gamma'] / 2 * mean, adversarial

  def slope(state: nnx.State) -> jax.Array:
    return jax.grad(lambda x: nnx.merge(graph, state)(x).sum())(real)

  found = scores(net, config, inputs['image'])
  found['grad_score_wrt_image'] = channels_first(jax.jit(slope)(state))
  if not config['r1_grads']:
    (_, found['r1_penalty']), (loss, found['d_loss_adv']) = (
      jax.jit(f)(state) for f in (penalty, total)
    )
    return found | {'d_loss_total_mean': loss[None]}
  table = stylegan.discriminator(net.size)
  with_gradient = [
    jax.jit(jax.value_and_grad(f, has_aux=True)) for f in (penalty, total)
  ]
  (_, found['r1_penalty']), of_penalty = with_gradient[0](state)
  (loss, found['d_loss_adv']), of_total = with_gradient[1](state)
  found |= _named(table, of_penalty, 'grad_r1_mean')
  found |= _named(table, of_total, 'grad_d_total')
  return found | {'d_loss_total_mean': loss[None]}


def _generator_loss(
  config: Config, params: Arrays, inputs: Arrays
) -> dict[str, Any]:
  del config
  net = generator(under(params, 'generator/'))
  critic = discriminator(under(params, 'discriminator/'))
  graph, state = nnx.split(net)
  judge, judged = nnx.split(critic)
  z = jnp.asarray(inputs['z'])

  @jax.jit
  def run(state: nnx.State, judged: nnx.State) -> tuple:
    def loss(state: nnx.State) -> tuple:
      picture = nnx.merge(graph, state)(z)
      score = nnx.merge(judge, judged)(picture)
      values = nnx.softplus(-score)
      return values.mean(), (picture, score, values)

    return jax.value_and_grad(loss, has_aux=True)(state)

  (mean, (picture, score, values)), gradient = run(state, judged)
  table = stylegan.generator(net.size, len(net.mapping.layers))
  return {
    'image': channels_first(picture),
    'score': score[:, None],
    'g_loss': values[:, None],
    'g_loss_mean': mean[None],
    **_named(table, gradient, 'grad_g'),
  }


def _tolerance(name: str) -> Tolerance:
  if name.startswith(('grad_', 'r1_')):  # R1's are of all sizes
    return Tolerance(0, 1e-3, 1e-4)
  if name == 'image':
    return of_generator(name)
  return Tolerance(1e-5, 1e-4)


# By the `model` of a file's config.
CASES = {
  'stylegan_v1_discriminator': Case(_discriminator, _tolerance),
  'stylegan_v1_generator_loss': Case(
    _generator_loss, _tolerance, siblings=('generator', 'discriminator')
  ),
}
