"""What an official network says that it was built with."""

from collections.abc import Mapping
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.weights.pickle_scan import one_line

# Settings that leave names and shapes as they are, and change what is made of
# them; told only where they differ from these.
_READ = {
  'normalize_latents': True,
  'mapping_lrmul': 0.01,
  'mapping_nonlinearity': 'lrelu',
  'nonlinearity': 'lrelu',
  'use_wscale': True,
  'use_pixel_norm': False,
  'use_instance_norm': True,
  'use_noise': True,
  'use_styles': True,
  'const_input_layer': True,
  'blur_filter': [1, 2, 1],
  'fused_scale': 'auto',
  'mbstd_group_size': 4,
  'mbstd_num_features': 1,
}
_PSI, _CUTOFF = 0.7, 8


def check_settings(settings: Mapping[str, Any], place: str) -> None:
  """Raises UserError for a network that these networks do not compute."""
  for name, read in _READ.items():
    found = settings.get(name, read)
    found = list(found) if isinstance(found, tuple) else found
    if found != read:
      raise UserError(
        f'{place} was built with {name}={one_line(found)}, only '
        f'{name}={read} is read'
      )


def truncation_of(settings: Mapping[str, Any]) -> tuple[float, int]:
  """Psi and cutoff, the published ones where nothing is said."""
  psi = settings.get('truncation_psi', _PSI)
  cutoff = settings.get('truncation_cutoff', _CUTOFF)
  known = isinstance(psi, int | float) and isinstance(cutoff, int)
  return (float(psi), cutoff) if known else (1.0, 0)  # None: no truncation
