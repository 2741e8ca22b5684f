"""Arithmetic of one operation of a trace: convolution, product, FFT."""

from collections.abc import Callable, Mapping
import math

from jax.extend import core
import numpy as np

Rules = Mapping[str, Callable[[core.JaxprEqn], int]]


def _convolution(equation: core.JaxprEqn, taps: Callable[..., int]) -> int:
  """Multiply-adds; `taps` counts (position, tap) along one axis."""
  lhs, rhs = (v.aval.shape for v in equation.invars)
  out = equation.outvars[0].aval.shape
  p, numbers = equation.params, equation.params['dimension_numbers']
  axes = zip(
    numbers.lhs_spec[2:],
    numbers.rhs_spec[2:],
    numbers.out_spec[2:],
    strict=True,
  )
  total = out[numbers.out_spec[0]] * out[numbers.out_spec[1]]
  total *= rhs[numbers.rhs_spec[1]]
  for axis, (i, r, o) in enumerate(axes):
    total *= taps(p, axis, lhs[i], rhs[r], out[o])
  return total


def _all_taps(p: Mapping, axis: int, lhs: int, rhs: int, out: int) -> int:
  return (out if p['lhs_dilation'][axis] == 1 else lhs) * rhs


def _taps_on_data(p: Mapping, axis: int, lhs: int, rhs: int, out: int) -> int:
  at = (
    np.arange(out)[:, None] * p['window_strides'][axis]
    - p['padding'][axis][0]
    + np.arange(rhs)[None] * p['rhs_dilation'][axis]
  )
  step = p['lhs_dilation'][axis]
  return int(((at >= 0) & (at <= (lhs - 1) * step) & (at % step == 0)).sum())


def _product(equation: core.JaxprEqn) -> int:
  (contracted, _), _ = equation.params['dimension_numbers']
  lhs = equation.invars[0].aval.shape
  inner = math.prod(lhs[i] for i in contracted)
  return math.prod(equation.outvars[0].aval.shape) * inner


def _fft(equation: core.JaxprEqn) -> int:
  lengths = equation.params['fft_lengths']
  shape = max((v.aval.shape for v in equation.invars), key=math.prod)
  n = math.prod(lengths)
  return round(5 * math.prod(shape[: -len(lengths)]) * n * math.log2(n))


# Multiply-adds, padding counted.
DENSE: Rules = {
  'conv_general_dilated': lambda e: _convolution(e, _all_taps),
  'dot_general': _product,
}
# FLOPs, taps on padding not counted.
NEEDED: Rules = {
  'conv_general_dilated': lambda e: 2 * _convolution(e, _taps_on_data),
  'dot_general': lambda e: 2 * _product(e),
  'fft': _fft,
}
