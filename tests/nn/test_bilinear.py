"""Compact bilinear pooling against the explicit sum over channel pairs."""

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from facegen_jax.nn.bilinear import (
  FORMS,
  CompactBilinear,
  Sketch,
  l2_normalise,
  signed_sqrt,
  sketch,
  sketched_basis,
)

_SIZES = (5, 4, 6)


def _inputs(n=3):
  keys = jax.random.split(jax.random.key(0), n)
  return [
    jax.random.normal(k, (2, 3, c)) for k, c in zip(keys, _SIZES, strict=False)
  ]


def _convolve(net, picked, inputs, dim):
  """Sum over all channel tuples of their product, at the summed hash."""
  y = np.zeros((*inputs[0].shape[:-1], dim))
  inputs = [np.asarray(x) for x in inputs]
  hashes = [np.asarray(h[...]) for h in net.hashes]
  signs = [np.asarray(s[...]) for s in net.signs]
  for index in np.ndindex(*[inputs[i].shape[-1] for i in picked]):
    place, term = 0, 1.0
    for i, c in zip(picked, index, strict=True):
      place += int(hashes[i][c])
      term = term * inputs[i][..., c] * signs[i][c]
    y[..., place % dim] += term
  return y


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('dim', [16, 17, 1, 2])
def test_modes_equal_the_explicit_sum(form, dim):
  inputs = _inputs()
  pairwise = CompactBilinear(_SIZES, dim, seed=3, form=form)
  pairs = [(0, 1), (0, 2), (1, 2)]
  wanted = sum(_convolve(pairwise, p, inputs, dim) for p in pairs)
  np.testing.assert_allclose(jax.jit(pairwise.pool)(*inputs), wanted, atol=2e-5)

  triple = CompactBilinear(_SIZES, dim, 'trilinear', seed=3, form=form)
  wanted = _convolve(triple, (0, 1, 2), inputs, dim)
  np.testing.assert_allclose(jax.jit(triple.pool)(*inputs), wanted, atol=5e-5)

  two = CompactBilinear(_SIZES, dim, 'two_input', seed=3, form=form)
  joined = [np.concatenate(inputs[:2], -1), inputs[2]]
  wanted = _convolve(two, (0, 1), joined, dim)
  np.testing.assert_allclose(jax.jit(two.pool)(*inputs), wanted, atol=2e-5)


@pytest.mark.parametrize('mode', ['pairwise', 'trilinear', 'two_input'])
def test_forms_have_equal_gradients(mode):
  inputs = _inputs()
  grads = []
  for form in FORMS:
    net = CompactBilinear(_SIZES, 16, mode, form=form)

    def loss(*inputs, net=net):
      return jnp.sum(jnp.sin(net.pool(*inputs)))

    grads.append(jax.jit(jax.grad(loss, (0, 1, 2)))(*inputs))
  for other in grads[1:]:
    jax.tree.map(
      lambda a, b: np.testing.assert_allclose(a, b, atol=2e-5),
      grads[0],
      other,
    )


def test_two_inputs_need_no_mode():
  inputs = _inputs(2)
  nets = [
    CompactBilinear(_SIZES[:2], 8, mode)
    for mode in ('pairwise', 'trilinear', 'two_input')
  ]
  wanted = _convolve(nets[0], (0, 1), inputs, 8)
  for net in nets:
    np.testing.assert_allclose(net.pool(*inputs), wanted, atol=1e-5)


def test_basis_is_the_transform_of_the_sketch():
  h, s = jnp.array([4, 0, 4]), jnp.array([1.0, -1.0, -1.0])
  x = jnp.array([1.0, 2.0, 5.0])
  np.testing.assert_array_equal(sketch(x, h, s, 5), [-2, 0, 0, 0, -4])
  real, imaginary = sketched_basis(h, s, 5)
  wanted = np.fft.rfft([-2, 0, 0, 0, -4])
  np.testing.assert_allclose(x @ real, wanted.real, atol=1e-5)
  np.testing.assert_allclose(x @ imaginary, wanted.imag, atol=1e-5)


def test_output_is_the_unit_signed_root():
  inputs = _inputs()
  net = CompactBilinear(_SIZES, 16)
  y = np.asarray(net(*inputs))
  z = np.asarray(net.pool(*inputs))
  np.testing.assert_array_equal(y, l2_normalise(signed_sqrt(z)))
  np.testing.assert_allclose(np.linalg.norm(y, axis=-1), 1, rtol=1e-2)
  root = np.sign(z) * np.sqrt(np.abs(z))
  exact = root / np.linalg.norm(root, axis=-1, keepdims=True)
  unrounded = l2_normalise(signed_sqrt(z, 1e-12), 1e-12)
  np.testing.assert_allclose(unrounded, exact, atol=1e-6)


def test_zeros_give_zeros_and_finite_gradients():
  net = CompactBilinear(_SIZES, 16)
  zeros = [jnp.zeros_like(x) for x in _inputs()]
  assert not np.any(net(*zeros))
  grad = jax.jit(jax.grad(lambda *x: net(*x).sum(), (0, 1, 2)))(*zeros)
  assert all(np.isfinite(g).all() for g in grad)
  slope = jax.grad(lambda z: signed_sqrt(z, 1e-4))(1e-12)
  np.testing.assert_allclose(slope, 100, rtol=1e-5)
  np.testing.assert_array_equal(l2_normalise(jnp.zeros(3)), 0)


def test_sketches_are_saved_and_never_trained():
  net = CompactBilinear(_SIZES, 16, seed=5)
  _, params, rest = nnx.split(net, nnx.Param, ...)
  assert not jax.tree.leaves(params)
  assert len(jax.tree.leaves(rest)) == 6
  assert all(isinstance(v, Sketch) for v in (*net.hashes, *net.signs))
  again = CompactBilinear(_SIZES, 16, seed=5)
  other = CompactBilinear(_SIZES, 16, seed=6)
  same = [
    np.array_equal(a[...], b[...])
    for a, b in zip(net.hashes, again.hashes, strict=True)
  ]
  assert all(same)
  assert not all(
    np.array_equal(a[...], b[...])
    for a, b in zip(net.hashes, other.hashes, strict=True)
  )


def test_kernel_is_right_in_expectation():
  """<CBP(x, y), CBP(x', y')> estimates <x, x'> <y, y'>."""
  a, b = np.array([1.0, 2.0, -1.0]), np.array([0.5, 1.0, 1.0])
  seen = []
  for seed in range(200):
    net = CompactBilinear((3, 3), 32, seed=seed)
    first = _convolve(net, (0, 1), (a, b), 32)
    seen.append(first @ _convolve(net, (0, 1), (b, a), 32))
  # One estimate's standard error is at most |x||y||x'||y'| sqrt(2 / 32).
  assert abs(np.mean(seen) - float((a @ b) ** 2)) < 0.5


@pytest.mark.parametrize(
  ('kwargs', 'word'),
  [
    ({'mode': 'triple'}, 'triple'),
    ({'form': 'slow'}, 'slow'),
    ({'in_features': (3,)}, 'two or three'),
  ],
)
def test_unknown_choices_are_refused(kwargs, word):
  with pytest.raises(ValueError, match=word):
    CompactBilinear(**{'in_features': (3, 3), 'dim': 8, **kwargs})
