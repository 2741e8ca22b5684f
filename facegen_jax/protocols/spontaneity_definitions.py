"""What each figure of the spontaneity experiments is, and who measured it."""

from facegen_jax.protocols import intervals, quality, trajectories
from facegen_jax.protocols.spontaneity import STEPS, Options


def definitions(options: Options, seed: int) -> dict[str, str]:
  """A line a figure, for `results.json` and below the tables."""
  told = {
    'ssim_first': "Wang 2004, RGB; a clip's frames from the second on against "
    'its first',
    'ssim_steps': 'the same against the real frames 1 to '
    f'{" or ".join(map(str, STEPS))}; frame 0 is taken for the input',
    'flicker': 'mean difference of successive frames, grey levels of 255',
    'spread': 'root mean squared difference of two repeats (name__k), grey '
    'levels; au_spread of their trajectories',
    'interval': f'95 %, bootstrap over sources, {intervals.DRAWS} draws, seed '
    f'{seed}',
  }
  if options.resize:
    told['resize'] = 'generated clips, by pixel areas to shrink, cubic to grow'
  if options.niqe:
    told['niqe'] = _niqe(options.niqe)
  return told | (_units(options.measured) if options.measured else {})


def _niqe(how: quality.Niqe) -> str:
  return (
    f'model {how.model.label}; short side scaled to {how.size}, the middle '
    f'square, at most {how.most} frames a clip; lower is not always better'
  )


def _units(measured: trajectories.Measured) -> dict[str, str]:
  told = {
    'extractor': measured.name,
    'licence': measured.licence,
    'non_linearity': '1 - R^2 of a straight line from the first frame to the '
    'apex; of clips whose unit moves by 0.01 or more',
    'jerk': 'mean |third derivative| of the action units, 1/s^3',
    'smoothness': 'log dimensionless jerk; higher is smoother',
    'mae': 'of 100 points from first to last frame, against real clips whose '
    'unit moves, as Pearson and CCC',
  }
  if measured.poor:
    units = ', '.join(f'AU{au}' for au in measured.poor)
    told['poor'] = f'{units}: hardly seen by this tool; prefer OpenFace 2'
  return told
