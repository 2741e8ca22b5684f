"""SynthFace as a TFDS dataset."""

from collections.abc import Iterator
import dataclasses
import functools
from typing import Any, ClassVar

import jax
import numpy as np
import tensorflow_datasets as tfds

from facegen_jax.core.errors import UserError
from facegen_jax.data import pictures, vocabulary
from facegen_jax.data.builders.features import clip_features
from facegen_jax.data.synthface.clips import Clips, make_clips
from facegen_jax.data.synthface.identity import sample_identity
from facegen_jax.data.synthface.scene import neutral_scene
from facegen_jax.data.synthface.vector import to_vector

_SHARD_IDENTITIES = 20  # TFDS holds a shard's examples in memory


@dataclasses.dataclass(eq=False, kw_only=True)
class SynthFaceConfig(tfds.core.BuilderConfig):
  """What to render; every value becomes part of `name`.

  So a changed config never meets the files of another one.

  - `kind`: 'macro' or 'micro' expressions, or 'units': each action unit, beside
    chance others.
  - `identities`: people; each shows every emotion, or unit, `takes` times, each
    take a session with a light, a pose and a background of its own.
  - `frames`: of a clip; `fps`: their rate; `size`: pixels a side.
  - `seed`: of the population.
  - `registered`: faces stand where an aligned crop would put them, up to the
    small movements within a clip.
  """

  kind: str = 'macro'
  identities: int = 100
  frames: int = 16
  size: int = 64
  fps: float = 8.0
  seed: int = 0
  takes: int = 1
  registered: bool = False

  def __post_init__(self) -> None:
    if self.kind not in ('macro', 'micro', 'units'):
      raise UserError(
        f'synth_face: kind {self.kind!r} is unknown: use macro, micro or units'
      )
    for field in ('identities', 'frames', 'size', 'fps', 'takes'):
      if getattr(self, field) <= 0:
        raise UserError(f'synth_face: {field} must be positive')
    label = self.name.split('-')[0]
    self.name = (
      f'{label}-{self.kind}-i{self.identities}-t{self.frames}-s{self.size}'
      f'-r{self.fps:g}-seed{self.seed}-x{self.takes}'
      f'{"-registered" if self.registered else ""}'
    )


class SynthFace(tfds.core.ShardBasedBuilder):
  """Procedural faces with exact action units, landmarks and factors.

  Any picture of the set, and any other mixture of person, expression and
  scene, is had again by `render(identity_from_vector(identity_vector),
  au_intensities[i], scene_from_vector(scene_vectors[j]), size)`.
  """

  # Raise it whenever the same seed gives other pictures.
  VERSION = tfds.core.Version('1.0.0')
  RELEASE_NOTES: ClassVar = {'1.0.0': 'first'}
  BUILDER_CONFIGS: ClassVar = [
    SynthFaceConfig(name='macro_64'),
    SynthFaceConfig(name='macro_128', size=128),
    SynthFaceConfig(name='micro_64', kind='micro', frames=32, fps=50.0),
  ]

  def __init__(self, *, config: Any = None, **kwargs: Any):
    kwargs.setdefault('file_format', 'array_record')
    super().__init__(config=_known(config), **kwargs)

  def _info(self) -> tfds.core.DatasetInfo:
    identity = jax.eval_shape(sample_identity, jax.random.key(0))
    identity = jax.eval_shape(to_vector, identity)
    extra = {
      'identity_vector': tfds.features.Tensor(
        shape=identity.shape, dtype=np.float32
      ),
      'scene_vectors': tfds.features.Tensor(
        shape=(None, to_vector(neutral_scene()).size), dtype=np.float32
      ),
    }
    return tfds.core.DatasetInfo(
      builder=self,
      description='Procedural faces, six expressions, twelve action units.',
      features=clip_features(extra),
      license='Apache-2.0',
    )

  def _shard_iterators_per_split(
    self, dl_manager: tfds.download.DownloadManager
  ) -> dict[str, list]:
    del dl_manager  # nothing is downloaded
    count = self.builder_config.identities
    starts = range(0, count, _SHARD_IDENTITIES)
    return {
      'full': [
        functools.partial(
          self._people, range(start, min(start + _SHARD_IDENTITIES, count))
        )
        for start in starts
      ]
    }

  def _people(self, numbers: range) -> Iterator[tuple[str, dict[str, Any]]]:
    config = self.builder_config
    render = functools.partial(
      make_clips,
      config.seed,
      kind=config.kind,
      frames=config.frames,
      fps=config.fps,
      size=config.size,
      takes=config.takes,
      register=config.registered,
    )
    ahead = render(numbers[0])
    for number in numbers:
      clips = ahead
      if number != numbers[-1]:
        ahead = render(number + 1)  # runs while the present one is encoded
      yield from _examples(number, jax.device_get(clips), config)


def _known(config: Any) -> Any:
  """A listed config for a label or for equal values; else itself."""
  for listed in SynthFace.BUILDER_CONFIGS:
    names = (listed.name, listed.name.split('-')[0])
    wanted = getattr(config, 'name', config)
    if wanted == listed.name or (isinstance(config, str) and config in names):
      return listed
  return config


def _examples(
  number: int, clips: Clips, config: SynthFaceConfig
) -> Iterator[tuple[str, dict[str, Any]]]:
  subject = f'id{number:03d}'
  identity = np.asarray(to_vector(clips.identity))
  for k in range(len(clips.aus)):
    what, take = divmod(k, config.takes)
    emotion_id, emotion = what, ''
    if config.kind == 'units':
      emotion_id, name = vocabulary.UNLABELLED, f'AU{vocabulary.AUS[what]:02}'
    else:
      name = emotion = vocabulary.EMOTIONS[what]
    clip = name if take == 0 else f'{name}_{take}'
    example = _labels(clips, k) | {
      'subject': subject,
      'clip': clip,
      'emotion': emotion,
      'emotion_id': emotion_id,
      'fps': config.fps,
      'camera': f'session{take}',
      'identity_vector': identity,
    }
    yield f'{subject}_{clip}', example


def _labels(clips: Clips, k: int) -> dict[str, Any]:
  apex = int(clips.motion.apex[k])
  scenes = [np.asarray(x[k]).reshape(len(x[k]), -1) for x in clips.scenes]
  return {
    'frames': [pictures.encode(frame) for frame in clips.frames[k]],
    'frame_numbers': list(range(len(clips.frames[k]))),
    'onset': int(clips.motion.onset[k]),
    'apex': apex,
    'offset': int(clips.motion.offset[k]),
    'aus': [
      {'au': au, 'side': '', 'intensity': float(value)}
      for au, value in zip(vocabulary.AUS, clips.aus[k, apex], strict=True)
      if value > 0
    ],
    'au_intensities': clips.aus[k],
    'landmarks': clips.landmarks[k],
    'scene_vectors': np.concatenate(scenes, 1).astype(np.float32),
  }


def prepare(config: SynthFaceConfig, data_dir: str) -> SynthFace:
  """The builder with its files written, or found whole from before."""
  builder = SynthFace(config=config, data_dir=data_dir)
  builder.download_and_prepare()
  return builder
