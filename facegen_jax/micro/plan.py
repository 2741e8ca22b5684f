"""The runs of the experiment: configs and folders."""

import ast
import importlib.util
import pathlib
from typing import Any

import ml_collections

from facegen_jax.core.errors import UserError

# Of the generator's data a recogniser keeps these of its own.
_OWN = ('clip_frames', 'shuffle_labels', 'generated', 'threads')


class Plan:
  """What is run where.

  Args:
    config: `configs/micro_study.py`.
    workdir: of the experiment.

  Raises:
    UserError: no such config file, variant or field.
  """

  def __init__(self, config: Any, workdir: pathlib.Path):
    self.config, self.workdir = config, workdir
    self.variants = tuple(config.generator.variants)
    self.kinds = tuple(config.recogniser.kinds)
    used = (config.automatic.augmented_by, config.augmented.variant)
    for name in {*used} - {'', *self.variants}:
      raise UserError(
        f'{name!r} is none of config.generator.variants={self.variants}: '
        'config.automatic.augmented_by and config.augmented.variant are'
      )
    if unknown := {*config.augmented.kinds} - {*self.kinds}:
      raise UserError(
        f'config.augmented.kinds names {min(unknown)!r}, which is none of '
        f'config.recogniser.kinds={self.kinds}'
      )
    if config.seeds < 1 or not 1 <= config.automatic.seeds <= config.seeds:
      raise UserError(
        f'config.automatic.seeds={config.automatic.seeds} of '
        f'config.seeds={config.seeds}: from 1 to all'
      )

  def generator(self, variant: str, seed: int) -> ml_collections.ConfigDict:
    """The run of a variant, trained on the split of a seed."""
    c = self.config.generator
    config = _opened(c.config, c.size + variant)
    _override(config, c.overrides, 'generator')
    for name, value in self.config.data.items():
      config.data[name] = value
    config.data.update(split='share', seed=seed)
    config.seed = seed
    return self._shared(config)

  def recogniser(self, kind: str) -> ml_collections.ConfigDict:
    """A backbone on the same people and pictures; its seed is set by a row."""
    c = self.config.recogniser
    config = _opened(c.config, c.variant)
    _override(config, c.overrides, 'recogniser')
    own = {name: config.data[name] for name in _OWN}
    data = self.generator(self.variants[0], 0).data
    config.data = ml_collections.ConfigDict(data.to_dict() | own)
    config.model.kind = kind
    return self._shared(config)

  def _shared(
    self, config: ml_collections.ConfigDict
  ) -> ml_collections.ConfigDict:
    config.devices = self.config.devices
    config.compilation_cache = self.config.compilation_cache
    return config.lock()

  def trained(self, variant: str, seed: int) -> pathlib.Path:
    """The folder of a generator's run."""
    return self.workdir / 'generators' / variant / f'seed_{seed}'

  def made(self, variant: str, seed: int | str) -> pathlib.Path:
    """The folder of its training people's clips."""
    return self.workdir / 'clips' / variant / f'seed_{seed}'

  def megc2021(self, variant: str, seed: int) -> pathlib.Path:
    """The folder of its clips of MEGC 2021."""
    return self.workdir / 'megc2021' / variant / f'seed_{seed}'

  def recognised(self, kind: str) -> pathlib.Path:
    """The folder of a backbone's runs."""
    return self.workdir / 'recognisers' / kind


def _opened(path: str, variant: str) -> ml_collections.ConfigDict:
  spec = importlib.util.spec_from_file_location('experiment', path)
  module = importlib.util.module_from_spec(spec)
  try:
    spec.loader.exec_module(module)
    return module.get_config(variant)
  except OSError as e:
    raise UserError(
      f'{path} does not exist: start from the root of the project'
    ) from e
  except ValueError as e:
    raise UserError(str(e)) from e


def _override(
  config: ml_collections.ConfigDict, words: str, section: str
) -> None:
  """Sets 'data.seed=1 model.kind=r3d_18' in place."""
  for word in words.split():
    name, _, text = word.partition('=')
    try:
      value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
      value = text
    *path, last = name.split('.')
    try:
      room = config
      for part in path:
        room = room[part]
      room[last]  # only what is there is set
      room[last] = value
    except (AttributeError, KeyError, TypeError) as e:
      raise UserError(
        f'config.{section}.overrides: {word} sets no field of that config'
      ) from e
