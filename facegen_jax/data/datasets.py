"""From `config.data` to clips: prepared once, then read."""

from collections.abc import Callable
import pathlib
from typing import Any

from absl import logging
import jax
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.data import clips as clips_lib

NAMES = ('synth_face', 'folder')


def load(config: Any) -> clips_lib.Split:
  """Prepares (where that has not been done) and reads a dataset.

  Args:
    config: `config.data`: `name`, `dir` (where prepared datasets lie), `size`,
      `manual_dir` (the user's own files), `held_out`, `seed`, and a section
      of each dataset's own settings.
  """
  if config.name not in NAMES:
    raise UserError(f'config.data.name={config.name!r}: there is {NAMES}')
  builder = {'synth_face': _synth_face, 'folder': _folder}[config.name](config)
  clips = clips_lib.from_source(builder.as_data_source(split='full'))
  split = clips_lib.split_by_subject(clips, config.held_out, config.seed)
  logging.info(
    'data: %s: %d clips of %d people to train on, %d of %d held out',
    config.name,
    len(split.train),
    len(split.train.subjects),
    len(split.held_out),
    len(split.held_out.subjects),
  )
  return split


def _directory(config: Any) -> pathlib.Path:
  return pathlib.Path(config.dir).expanduser()


def _synth_face(config: Any) -> Any:
  from facegen_jax.data.synthface import builder

  wanted = builder.SynthFaceConfig(
    name='synth', size=config.size, **config.synth_face.to_dict()
  )
  return builder.prepare(wanted, _directory(config))


def truth(config: Any) -> Callable | None:
  """`(clips, pairs) -> b h w 3`: targets that truly show the sources.

  None where a dataset cannot know.
  """
  if config.name != 'synth_face':
    return None
  from facegen_jax.data import synthface

  def rendered(clips: clips_lib.Clips, pairs: list) -> np.ndarray:
    people, aus, scenes = [], [], []
    for (a, i), (b, j) in pairs:
      people.append(clips[b].extra['identity_vector'])
      scenes.append(clips[b].extra['scene_vectors'][j])
      aus.append(clips[a].au_intensities[i])
    return np.asarray(
      synthface.render_batch(
        jax.vmap(synthface.identity_from_vector)(np.stack(people)),
        np.stack(aus),
        jax.vmap(synthface.scene_from_vector)(np.stack(scenes)),
        config.size,
      )
    )

  return rendered


def _folder(config: Any) -> Any:
  from facegen_jax.data.builders import folder

  if not config.manual_dir:
    raise UserError(
      'config.data.name=folder needs config.data.manual_dir, the folder with '
      'your videos and pictures'
    )
  return folder.prepare_folder(
    pathlib.Path(config.manual_dir),
    size=config.size,
    data_dir=_directory(config),
    labels=config.labels or None,
    face_landmarker=config.face_landmarker or None,
  )
