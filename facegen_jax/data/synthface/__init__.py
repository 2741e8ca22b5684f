"""SynthFace: procedural faces with exact labels.

`builder.py` holds the TFDS dataset and is imported on its own.
"""

from facegen_jax.data.synthface.action_units import (
  EXPRESSIONS as EXPRESSIONS,
)
from facegen_jax.data.synthface.action_units import (
  sample_expression as sample_expression,
)
from facegen_jax.data.synthface.identity import (
  Identity as Identity,
)
from facegen_jax.data.synthface.identity import (
  identity_from_vector as identity_from_vector,
)
from facegen_jax.data.synthface.identity import (
  sample_identity as sample_identity,
)
from facegen_jax.data.synthface.landmark_points import landmarks as landmarks
from facegen_jax.data.synthface.render import (
  render as render,
)
from facegen_jax.data.synthface.render import (
  render_batch as render_batch,
)
from facegen_jax.data.synthface.scene import (
  Scene as Scene,
)
from facegen_jax.data.synthface.scene import (
  neutral_scene as neutral_scene,
)
from facegen_jax.data.synthface.scene import (
  sample_scene as sample_scene,
)
from facegen_jax.data.synthface.scene import (
  scene_from_vector as scene_from_vector,
)
from facegen_jax.data.synthface.vector import to_vector as to_vector
