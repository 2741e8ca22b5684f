"""Datasets with a coding sheet: every clip of their fake trees."""

import pytest
import tiny_downloads as tiny

from facegen_jax.data.builders import au_text
from facegen_jax.data.builders.casme2.parse import parse as casme2
from facegen_jax.data.builders.samm.parse import parse as samm


@pytest.mark.mini_trees
@pytest.mark.parametrize(
  ('parse', 'name', 'image_set'),
  [
    (casme2, 'casme2', 'raw'),
    (casme2, 'casme2', 'cropped'),
    (samm, 'samm', None),
  ],
)
def test_every_clip_of_the_mini_tree(mini, parse, name, image_set):
  wanted = {
    (clip['subject'], clip['clip']): clip
    for clip in tiny.expected(mini, name)['clips']
  }
  found = parse(mini / name, *filter(None, [image_set]))
  on_disk = {key for key, clip in wanted.items() if clip['n_frames']}
  assert set(tiny.names(found)) == on_disk
  skipped = set(tiny.paths(found.skipped))
  assert {'/'.join(key) for key in wanted.keys() - on_disk} <= skipped
  noted = set(tiny.paths(found.notes))
  for clip in found.clips:
    want = wanted[clip.subject, clip.clip]
    if image_set != 'cropped':
      assert clip.path == mini / want['path']
    _assert_frames(clip, want, 'reg_' if image_set == 'cropped' else '')
    _assert_labels(clip, want)
    assert f'{clip.subject}/{clip.clip}' in noted or not _decided(clip, want)


def _assert_frames(clip, want, prefix):
  assert len(clip.frames) == len(clip.numbers) == want['n_frames']
  assert clip.frames[0] == clip.path / (prefix + want['first'])
  assert clip.frames[-1] == clip.path / (prefix + want['last'])
  assert clip.numbers == tuple(sorted(clip.numbers))
  assert (clip.fps, clip.camera) == (200, '')


def _assert_labels(clip, want):
  first, last = clip.numbers[0], clip.numbers[-1]
  assert clip.emotion == (want['emotion'] or '').lower()
  assert clip.aus == au_text.parse(want['au_raw']).aus
  assert clip.onset == _within(want['onset'], first, last)
  assert clip.offset == _within(want['offset'], first, last)
  assert clip.apex == _inside(want['apex'], clip.onset, clip.offset)


def _decided(clip, want):
  """Whether the clip is not taken just as the sheet has it."""
  changed = any(
    getattr(clip, name) != want[name] for name in ('onset', 'apex', 'offset')
  )
  lacking = want['emotion'] is None or clip.apex is None
  return changed or lacking or 'or' in (want['au_raw'] or '')


def _within(number, first, last):
  return None if number is None else min(max(number, first), last)


def _inside(apex, onset, offset):
  return apex if apex is not None and onset <= apex <= offset else None
