import jax
import jax.numpy as jnp
import numpy as np

from facegen_jax.losses.gradient_penalty import r1


def test_r1_is_the_squared_slope_of_each_picture():
  x = jax.random.normal(jax.random.key(0), (3, 4, 4, 3))
  found = r1(lambda x: jnp.square(x).sum((1, 2, 3)), x)
  np.testing.assert_allclose(found, 4 * jnp.square(x).sum((1, 2, 3)), rtol=1e-5)
