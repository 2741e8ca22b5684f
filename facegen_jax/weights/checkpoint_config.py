"""Between a checkpoint's sizes and the config of `systems.facial_prior`."""

from collections.abc import Mapping
from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.weights.stored import Sizes

_ALIGNED = {'fomm': True, 'mraa': False}  # how published weights read pictures
_PADDING = {'fomm': 0, 'mraa': 3}
_TRANSFER = {'fpb_mraa': 'absolute'}  # else, by default, relative
# Vox's pictures are cut before; the prior's are dlib's boxes, in gray.
_CROP = {'fpb_fomm': 'micro', 'fpb_mraa': 'micro'}  # else, by default, whole
_DATA = 'published'  # of which there are no clips here


def family(config: Any) -> str:
  """Which of `checkpoint_networks.FAMILIES` a config is."""
  prior = '' if config.model.prior == 'none' else 'fpb_'
  return f'{prior}{config.model.motion}'


def _one(field: str, *sizes: Sizes) -> Any:
  """The value that all networks have; a config has but one."""
  found = {one[field] for one in sizes if field in one}
  if len(found) > 1:
    raise UserError(
      f'networks of {field} {sorted(found)}: config.model.{field} is one for '
      'all, so such a checkpoint makes no run'
    )
  return found.pop()


def _motion_fields(sizes: Mapping[str, Sizes], finder: Sizes) -> dict[str, Any]:
  painter = sizes['generator']
  motion = painter['motion']
  shared = finder, motion, sizes.get('background', {})
  fields = {k: _one(k, *shared) for k in ('blocks', 'max_features', 'factor')}
  return fields | {
    'features': _one('features', finder, sizes.get('background', {})),
    'motion_features': motion['features'],
    'generator_features': painter['features'],
    'generator_max_features': painter['max_features'],
    'down_blocks': painter['down_blocks'],
    'res_blocks': painter['res_blocks'],
  }


def _critic_fields(sizes: Sizes) -> dict[str, Any]:
  return {
    **{
      f'discriminator_{k}': sizes[k]
      for k in ('features', 'blocks', 'max_features')
    },
    'spectral': sizes['spectral'],
    'critic_sees_points': sizes['points'] > 0,
  }


def _own_fields(sizes: Mapping[str, Sizes]) -> dict[str, Any]:
  """What only one kind of network has."""
  fields = {}
  if 'discriminator' in sizes:
    fields |= _critic_fields(sizes['discriminator'])
  if 'regions' in sizes:
    fields['pca'] = sizes['regions'].get('pca', True)
    fields['background'] = sizes['background']['kind']
  if 'avd' in sizes:
    codes = {k: sizes['avd'][k] for k in ('identity', 'pose')}
    if len(set(codes.values())) > 1:
      raise UserError(f'AVD codes of {codes}: a config has but one size')
    fields['avd_codes'] = codes['pose']
    fields['avd_hidden'] = sizes['avd']['hidden']
  return fields


def fill(
  config: Any,
  name: str,
  sizes: Mapping[str, Sizes],
  *,
  padding: int | None = None,
  align_corners: bool | None = None,
  crop: str | None = None,
) -> None:
  """Makes `config` that of a checkpoint.

  Args:
    config: of `systems.facial_prior`.
    name: the family.
    sizes: of `checkpoints.Checkpoint`.
    padding: of the heads, None for the family's published one: 0 or 3.
    align_corners: of reading pictures, None for the published one.
    crop: of the pictures that it was trained on, one of `data.crops.kinds`,
      None for the family's own: the middle square or the prior's gray box.

  Raises:
    UserError: networks that one config cannot tell.
  """
  model, motion = config.model, name.removeprefix('fpb_')
  finder = sizes['keypoints' if motion == 'fomm' else 'regions']
  prior = finder.get('joined', 'awp') if name.startswith('fpb_') else 'none'
  avd = 'avd' in sizes and prior == 'none'
  if not avd:  # one beside a prior is never used
    sizes = {k: v for k, v in sizes.items() if k != 'avd'}
  model.update(
    motion=motion,
    prior=prior,
    prior_variant='faithful',
    points=finder.get('points', finder.get('regions')),
    padding=_PADDING[motion] if padding is None else padding,
    align_corners=_ALIGNED[motion] if align_corners is None else align_corners,
    transfer='avd' if avd else _TRANSFER.get(name, 'relative'),
    **_motion_fields(sizes, finder),
    **_own_fields(sizes),
  )
  config.data.update(name=_DATA, crop=crop or _CROP.get(name, 'whole'))
  config.stages.avd = config.stages.avd or 1 if avd else 0
  if 'discriminator' not in sizes:
    config.loss.weights.update(gan=0.0, feature_matching=0.0)
  else:
    scales = sizes['discriminator']['scales']
    config.loss.critic_pyramid = tuple(round(1 / scale) for scale in scales)


def sizes_of(config: Any) -> dict[str, Sizes]:
  """What `checkpoint_export` must know of the networks of a config."""
  model = config.model
  hourglass = {'blocks': model.blocks, 'factor': model.factor}
  finder = {'jacobian': 'each', 'joined': model.prior, 'pca': model.pca}
  scales = [1 / f for f in config.loss.critic_pyramid]
  return {
    'keypoints': hourglass | finder,
    'regions': hourglass | finder,
    'background': {'blocks': model.blocks, 'kind': model.background},
    'generator': {
      'motion': hourglass | {'occlusion': True},
      'down_blocks': model.down_blocks,
      'res_blocks': model.res_blocks,
    },
    'discriminator': {
      'scales': [int(s) if s == 1 else s for s in scales],
      'blocks': model.discriminator_blocks,
      'spectral': model.spectral,
    },
    'avd': {},
  }
