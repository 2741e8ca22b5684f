"""From `config.data` to clips: prepared once, then read."""

from collections.abc import Callable
import pathlib
from typing import Any, NamedTuple

from absl import logging
import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import clips as clips_lib
from facegen_jax.data import generated, splits, vocabulary
from facegen_jax.data.builders import report
from facegen_jax.data.clips import Clips
from facegen_jax.data.progress import Counted

NAMES = ('synth_face', 'folder', *vocabulary.LICENSED)


class Dataset(NamedTuple):
  """Clips to train on, and clips of people that training never sees."""

  train: Clips
  held_out: Clips
  described: dict[str, Any]  # for results: name, crop, hash of the clips


def load(config: Any) -> Dataset:
  """Prepares (where that has not been done) and reads a dataset.

  Args:
    config: `config.data`: `name`, `dir` (where prepared datasets lie), `size`,
      `manual_dir` (the user's own files), `split`, `held_out`, `seed`, and
      what one dataset alone needs; see `data.config.data_config`.

  Raises:
    UserError: no such dataset or split, or one that cannot be prepared.
  """
  if config.name not in NAMES:
    raise UserError(f'config.data.name={config.name!r}: there is {NAMES}')
  if config.name != 'synth_face' and not config.manual_dir:
    raise UserError(
      f'config.data.name={config.name} needs config.data.manual_dir, the '
      'folder with your videos and pictures or with the unpacked download'
    )
  make = {'synth_face': _synth_face, 'folder': _folder}
  builder = make.get(config.name, _licensed)(config)
  clips = clips_lib.from_source(builder.as_data_source(split='full'))
  train, held_out = splits.split(splits.chosen(clips, config), config)
  logging.info(
    'data: %s: %d clips of %d people to train on, %d of %d held out',
    config.name,
    len(train),
    len(train.subjects),
    len(held_out),
    len(held_out.subjects),
  )
  data = Dataset(train, held_out, _described(config, builder))
  return _with_generated(data, config) if config.get('generated') else data


def _with_generated(data: Dataset, config: Any) -> Dataset:
  """Adds the clips of `config.data.generated` to those to train on."""
  made = generated.read(
    expanded(config.generated), dataset=config.name, size=config.size
  )
  generated.refuse_leak(made, data.held_out.subjects, config.name)
  return Dataset(
    Clips((*data.train, *made.clips)),
    data.held_out,
    data.described | {'generated': made.described},
  )


def _described(config: Any, builder: Any) -> dict[str, Any]:
  told = {
    name: config[name] for name in ('name', 'split', 'camera', 'keep_out')
  }
  if config.name == 'synth_face':
    return told | {'config': builder.builder_config.name}
  made = report.read(builder.data_dir)
  return told | {
    'dataset': made.dataset,
    'crop': made.crop,
    'clip_list': made.clip_list[:12],
  }


def _directory(config: Any) -> pathlib.Path:
  return expanded(config.dir)


def _synth_face(config: Any) -> Any:
  from facegen_jax.data.synthface import builder

  wanted = builder.SynthFaceConfig(
    name='synth', size=config.size, **config.synth_face.to_dict()
  )
  return builder.prepare(wanted, _directory(config))


def truth(config: Any, *, head: bool = False) -> Callable | None:
  """`(clips, pairs) -> b h w 3`: targets that truly show the sources.

  None where a dataset cannot know.

  Args:
    config: `config.data`.
    head: also moved as the source's head has moved since the neutral frame of
      its clip; without, the target's head stands still.
  """
  render = renderer(config)
  if render is None:
    return None

  def rendered(clips: Clips, pairs: list) -> np.ndarray:
    people, aus, scenes = [], [], []
    for (a, i), (b, j) in pairs:
      people.append(clips[b].extra['identity_vector'])
      scene = clips[b].extra['scene_vectors'][j]
      if head:
        driver = clips[a].extra['scene_vectors']
        scene = scene + driver[i] - driver[clips[a].neutral()]
      scenes.append(scene)
      aus.append(clips[a].au_intensities[i])
    return render(np.stack(people), np.stack(aus), np.stack(scenes))

  return rendered


def renderer(config: Any) -> Callable[..., np.ndarray] | None:
  """`(people b i, action units b 12, scenes b s) -> b h w 3` in [-1, 1].

  People and scenes are the vectors that clips hold in `extra`. None where a
  dataset cannot draw.

  Args:
    config: `config.data`.
  """
  if config.name != 'synth_face':
    return None
  from facegen_jax.data import synthface

  def render(
    people: np.ndarray, aus: np.ndarray, scenes: np.ndarray
  ) -> np.ndarray:
    return np.asarray(
      synthface.render_batch(
        jax.vmap(synthface.identity_from_vector)(people),
        aus,
        jax.vmap(synthface.scene_from_vector)(scenes),
        config.size,
      )
    )

  return render


def _folder(config: Any) -> Any:
  from facegen_jax.data.builders.folder import prepare as folder

  wanted = folder.configured(
    config.manual_dir,
    size=config.size,
    labels=config.labels or None,
    face_landmarker=config.face_landmarker or None,
  )
  return folder.prepare(wanted, _directory(config), Counted('files'))


def _licensed(config: Any) -> Any:
  from facegen_jax.data.builders import prepare as licensed
  from facegen_jax.data.builders.faces import prepare as faces

  source = licensed.find(config.name, config.manual_dir, config.variant or None)
  whole = licensed.prepare(source, _directory(config), Counted('frames'))
  return faces.prepare(
    whole,
    config.crop,
    data_dir=_directory(config),
    size=config.size,
    face_landmarker=config.face_landmarker or None,
    landmarks=config.landmarks or None,
    on_clips=Counted('clips'),
  )
