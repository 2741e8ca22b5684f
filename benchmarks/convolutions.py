"""Sampling convolutions: every form, and PyTorch on the same cores.

  python -m benchmarks.convolutions [--forms=all] [--cases=decoder] [--notorch]

Prints milliseconds of forward and backward (both gradients) of each shape in
the form that is chosen for it, with `--forms=all` in every form, and the ratio
to PyTorch's where torch can be imported. The fastest of several runs counts;
use an idle machine. benchmarks/README.md has the table that
facegen_jax/nn/quick_forms.py follows.
"""

from collections.abc import Callable, Iterator
import functools
import itertools
import os
import time
from typing import Any, NamedTuple

from absl import app, flags
import jax

from facegen_jax.core import memory
from facegen_jax.nn import conv, conv3d, conv_transpose
from facegen_jax.nn.conv_forms import measure
from facegen_jax.nn.conv_transpose_forms import measure_transposed
from facegen_jax.nn.quick_forms import quick_form

_FORMS = flags.DEFINE_enum(
  'forms', 'chosen', ['chosen', 'all'], 'The form chosen here, or all.'
)
_CASES = flags.DEFINE_string('cases', '', 'Only names that contain this.')
_TORCH = flags.DEFINE_bool('torch', True, 'Time PyTorch too.')
_SECONDS = flags.DEFINE_float('seconds', 2.0, 'Time for each measurement.')


class Case(NamedTuple):
  """A layer: sizes of the input, and kernel, stride, padding (time,) space."""

  name: str
  up: bool
  size: tuple[int, ...]  # b (t) h w in
  out: int
  kernel: tuple[int, ...] = (4, 4)
  stride: tuple[int, ...] = (2, 2)
  padding: tuple[int, ...] = (1, 1)

  def axes(self) -> tuple[tuple[int, ...], ...]:
    """Kernel, stride and padding of every axis of the size."""
    return tuple((*v, v[-1]) for v in self[4:])


def _chain(
  name: str, up: bool, batch: int, widths: tuple[int, ...], frames: int
) -> Iterator[Case]:
  """Kernel 4, stride 2, padding 1, from `frames` and twice as many pixels."""
  for a, b in itertools.pairwise(widths):
    yield Case(name, up, (batch, frames, 2 * frames, 2 * frames, a), b)
    frames = frames * 2 if up else frames // 2


_FLAT = ((4,), (2,), (1,))
CASES = (
  Case('level', False, (2, 16, 32, 32, 64), 64),
  Case('level', True, (2, 8, 16, 16, 64), 64),
  Case('level', False, (8, 64, 64, 64), 64, *_FLAT),
  Case('level', True, (8, 32, 32, 64), 64, *_FLAT),
  Case('reduce', False, (2, 1, 14, 14, 1542), 1024, (1, 5), (1, 3), (0, 0)),
  Case('decoder', True, (2, 1, 4, 4, 1024), 512, (2, 1), (1, 1), (0, 0)),
  *_chain('decoder', True, 2, (512, 256, 128, 64, 3), 2),
  *_chain('decoder, small', True, 4, (256, 96, 48, 24, 3), 2),
  *_chain('discriminator', False, 2, (3, 64), 32),
  *_chain('discriminator', False, 2, (9, 64, 128, 256, 512), 32),
  Case('discriminator', False, (2, 2, 4, 4, 512), 1, (2, 4), (1, 1), (0, 0)),
  *_chain('discriminator, small', False, 4, (9, 8, 16, 32, 64), 32),
  Case('mocogan', False, (2, 16, 64, 64, 3), 64, (4, 4), (1, 2), (0, 1)),
  Case('mocogan', False, (2, 13, 32, 32, 64), 128, (4, 4), (1, 2), (0, 1)),
  Case('imaginator', True, (2, 8, 16, 16, 128), 192, (4, 1), (2, 1), (1, 0)),
  Case('imaginator', True, (2, 16, 16, 16, 192), 64, (1, 4), (1, 2), (0, 1)),
  Case('patches', False, (8, 96, 96, 3), 64, *_FLAT),
  Case('patches', False, (8, 49, 49, 64), 128, (4,), (2,), (2,)),
  Case('pictures', True, (8, 4, 4, 512), 256, *_FLAT),
  Case('pictures', True, (8, 32, 32, 64), 3, *_FLAT),
  Case('deep', False, (4, 2, 2, 512), 512, (3,), (1,), (1,)),
  Case('deep', False, (4, 4, 4, 512), 512, (3,), (1,), (1,)),
  Case('deep', False, (2, 14, 14, 512), 512, (3,), (1,), (1,)),
  Case('deep', False, (4, 16, 16, 256), 256, (3,), (1,), (1,)),
  Case('uneven', False, (8, 96, 96, 32), 64, (3,), (2,), (1,)),
  Case('uneven', False, (2, 8, 56, 56, 64), 128, (3, 3)),
)
_OPERATIONS = {
  (False, 4): (conv.conv2d, conv.FORMS),
  (False, 5): (conv3d.conv3d, conv3d.FORMS),
  (True, 4): (conv_transpose.conv_transpose2d, conv_transpose.FORMS),
  (True, 5): (conv_transpose.conv_transpose3d, conv_transpose.FORMS_3D),
}


def main(argv: list[str]) -> None:
  """Prints a line a shape and form."""
  del argv
  memory.keep_freed()  # as the commands do
  torch = _torch() if _TORCH.value else None
  print(f'{jax.devices()[0].device_kind}, {os.cpu_count()} cores, load', end='')
  print(f' {os.getloadavg()[0]:.1f}; ms of forward + backward')
  print(f'{"":70}form              JAX PyTorch ratio')
  for case in CASES:
    if _CASES.value not in case.name:
      continue
    forms = [_chosen(case)]
    if _FORMS.value == 'all':
      forms = _OPERATIONS[case.up, len(case.size)][1]
    theirs = None if torch is None else _fastest(_theirs(torch, case))
    for form in forms:
      _print(case, form, theirs)


def _torch() -> Any:
  try:
    import torch
  except ImportError:
    print('torch is not installed: no times of PyTorch')
    return None
  torch.set_num_threads(os.cpu_count())
  return torch


def _chosen(case: Case) -> str:
  make = measure_transposed if case.up else measure
  axes = make(case.size[1:-1], *case.axes())
  name = 'conv_transpose' if case.up else f'conv{len(axes)}d'
  ends = case.size[-1], case.out
  ends = ends[::-1] if case.up else ends
  return quick_form(name, case.size[0], *ends, axes)


def _print(case: Case, form: str, theirs: float | None) -> None:
  *size, channels = case.size
  shape = f'{"x".join(map(str, size))} {channels:4}->{case.out:<4}'
  numbers = ' '.join('x'.join(map(str, v)) for v in case[4:])
  name = f'{case.name} {"up" if case.up else "down"}'
  head = f'{name:26}{shape:26}{numbers:18}{form:15}'
  try:
    ours = _fastest(_ours(case, form)) * 1e3
  except ValueError as error:
    print(f'{head}{error}', flush=True)
    return
  ratio = f'{theirs * 1e3:8.1f}{ours / theirs / 1e3:6.2f}' if theirs else ''
  print(f'{head}{ours:6.1f}{ratio}', flush=True)


def _fastest(run: Callable[[], None]) -> float:
  """Seconds of the fastest run after the first."""
  run()
  end, best = time.perf_counter() + _SECONDS.value, float('inf')
  while True:
    start = time.perf_counter()
    run()
    now = time.perf_counter()
    best = min(best, now - start)
    if now > end:
      return best


def _ours(case: Case, form: str) -> Callable[[], None]:
  run, _ = _OPERATIONS[case.up, len(case.size)]
  taps = case.axes()[0]
  flat = len(case.size) == 4
  stride, padding = (v[0] if flat else v for v in case[5:])
  run = functools.partial(run, stride=stride, padding=padding, form=form)
  keys = jax.random.split(jax.random.key(0), 3)
  x = jax.random.normal(keys[0], case.size)
  w = jax.random.normal(keys[1], (*taps, case.size[-1], case.out))
  g = jax.random.normal(keys[2], jax.eval_shape(run, x, w).shape)

  @jax.jit
  def both(x: jax.Array, w: jax.Array, g: jax.Array) -> Any:
    y, pull = jax.vjp(run, x, w)
    return y, *pull(g)

  return lambda: jax.block_until_ready(both(x, w, g))


def _theirs(torch: Any, case: Case) -> Callable[[], None]:
  kernel, stride, padding = case.axes()
  batch, *size, channels = case.size
  n = len(size)
  name = f'conv_transpose{n}d' if case.up else f'conv{n}d'
  run = getattr(torch.nn.functional, name)
  ends = (channels, case.out) if case.up else (case.out, channels)
  x = torch.randn(batch, channels, *size, requires_grad=True)
  w = torch.randn(*ends, *kernel, requires_grad=True)
  options = {'stride': stride, 'padding': padding}
  g = torch.randn_like(run(x, w, **options))
  return lambda: torch.autograd.grad(run(x, w, **options), (x, w), g)


if __name__ == '__main__':
  app.run(main)
