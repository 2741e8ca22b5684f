"""Which clips of a dataset are taken, and whom training never sees."""

from typing import Any

from facegen_jax.core.errors import UserError
from facegen_jax.data import folds, megc2021, published_folds
from facegen_jax.data.clips import Clips, Split, split_by_subject

_PUBLISHED = {'mug_52': lambda: published_folds.mug_52()} | {
  f'disfa_{i + 1}': lambda i=i: published_folds.disfa_folds()[i]
  for i in range(3)
}
# Of MEGC 2021: the nine clips that drive its test, or all of the nine people.
_KEPT_OUT = {'megc2021': False, 'megc2021_people': True}
NAMES = ('share', *_PUBLISHED, 'without:SUBJECT')


def chosen(clips: Clips, config: Any) -> Clips:
  """Clips of `config.data.camera`, without those of `config.data.keep_out`.

  Raises:
    UserError: no such camera in the dataset, or nothing of such a name.
  """
  if config.camera:
    cameras = sorted({clip.session for clip in clips})
    clips = Clips(clip for clip in clips if clip.session == config.camera)
    if not clips:
      raise UserError(
        f'config.data.camera={config.camera!r}: the dataset has '
        f'{", ".join(map(repr, cameras))}'
      )
  if config.keep_out in _KEPT_OUT:
    keys = [(folds.Person(config.name, c.subject), c.name) for c in clips]
    people = _KEPT_OUT[config.keep_out]
    kept = set(megc2021.without_driving(keys, whole_people=people))
    pairs = zip(clips, keys, strict=True)
    clips = Clips(clip for clip, key in pairs if key in kept)
  elif config.keep_out:
    raise UserError(
      f'config.data.keep_out={config.keep_out!r}: there is '
      f'{", ".join(_KEPT_OUT)}'
    )
  return clips


def split(clips: Clips, config: Any) -> Split:
  """Cuts by person, as `config.data.split` says.

  'share' holds out `held_out` of the people, drawn by `seed` (0.3 for 7:3);
  'mug_52' and 'disfa_1' to 'disfa_3' are published; 'without:SUBJECT' is one
  fold of leave-one-subject-out.

  Raises:
    UserError: no such split, or one that leaves fewer than 2 people to train
      on or nobody to test on.
  """
  if config.split == 'share':
    return split_by_subject(clips, config.held_out, config.seed)
  kind, _, subject = config.split.partition(':')
  if kind == 'without':
    tested = {subject}
  elif config.split in _PUBLISHED:
    tested = {person.subject for person in _PUBLISHED[config.split]().test}
  else:
    raise UserError(
      f'config.data.split={config.split!r}: there is {", ".join(NAMES)}'
    )
  out = clips.of(tested)
  train = clips.of(set(clips.subjects) - tested)
  if not out or len(train.subjects) < 2:
    raise UserError(
      f'config.data.split={config.split!r} holds out {len(out.subjects)} of '
      f'the {len(clips.subjects)} people and leaves {len(train.subjects)} to '
      "train on; at least 1 and 2 are needed, so use 'share' or add people"
    )
  return Split(train, out)
