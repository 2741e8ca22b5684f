"""`jax.jit` for arrays so tiny that compiling is all the time there is."""

import functools

import jax

quick_jit = functools.partial(
  jax.jit, compiler_options={'xla_backend_optimization_level': 0}
)
