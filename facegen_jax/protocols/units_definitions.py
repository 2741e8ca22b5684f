"""What each figure of the action-unit experiments is."""

from typing import Any

from facegen_jax.protocols import intervals
from facegen_jax.protocols.transfer import CHANGED
from facegen_jax.protocols.units_quality import SIDE


def definitions(config: Any) -> dict[str, str]:
  """A line a figure, for `results.json` and below the tables."""
  c = config.evaluate
  return {
    'frechet': 'squared Frechet distance of features of the judge, real '
    'training pictures against samples; pooled: means over its last '
    "convolution's map, what the usual distance takes of Inception-v3; fc7: "
    'its last hidden layer, which keeps what tells units and people; start is '
    'the run before its first step, held_out real pictures of other people',
    'samples': 'mapped z, not truncated; truncated: with config.model.psi',
    'seen': f'share of samples, scaled to {SIDE} px, in which MediaPipe finds '
    'a face; Wilson interval',
    'judge': 'a network that learned action units and people beside the '
    "encoding's own, from the same training people; no loss of the generator "
    'or of the encoding has seen it',
    'trivial_mae': "of always saying the training pictures' mean",
    'reconstructed': 'held-out pictures, their codes drawn again; cosine of '
    'whom they show by the judge',
    'own_rows': f'units pushed to {c.push:g} that rise by more than any other '
    'unit rises or falls, mean change over faces; own_rows_by_noise: each '
    "change over the judge's error for that unit, which is printed under judge",
    'other_change': 'mean |change| of the units that were not pushed',
    'projected': 'normals freed of those of all units that are not asked for',
    'strength': f'{c.strength:g} of a unit by itself, edited and true; '
    'expressions are full apexes of embedded faces',
    'share': 'of held-out people and cases in which the edited face is nearer '
    'to the true picture than the picture of the unedited code, mean squared '
    'difference; moved_share: over the pixels that the truth changes by more '
    f'than {CHANGED:g} of the range',
    'interval': f'95 %, bootstrap over people, {intervals.DRAWS} draws, seed '
    f'{c.seed}',
  }
