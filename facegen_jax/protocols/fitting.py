"""Who measures action units, identity and quality for a run's futures.

Fitted to its training pictures where nothing better is named.
"""

from collections.abc import Mapping
import contextlib
from typing import Any

from absl import logging
import numpy as np

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data import faces
from facegen_jax.data.clips import Clip, Clips
from facegen_jax.data.vocabulary import AUS
from facegen_jax.metrics import niqe_model
from facegen_jax.metrics.extractors import fitted
from facegen_jax.metrics.extractors.extractor import Extractor
from facegen_jax.protocols import folders, quality, trajectories
from facegen_jax.protocols.footage import Clip as Footage
from facegen_jax.systems.sslg.examples import Neutrals

UNITS = ('auto', 'fitted', 'mediapipe', 'none')
_SHOWN = 0.1  # mean greatest intensity of a unit that clips show
_PICTURES = 4000  # that are fitted to, at most


class Fitting:
  """What may be fitted to, read when it is needed.

  Args:
    clips: of the run's expressions, of the people it was trained on.
    everything: all of their clips, for their neutral pictures.
  """

  def __init__(self, clips: Clips, everything: Clips):
    self._clips, self._neutrals = clips, Neutrals(everything)

  def identity(self) -> Extractor | None:
    """Fisherfaces; None of too few people."""
    pictures, clips = self._frames()
    who = [clip.subject for clip, _ in clips]
    try:
      return fitted.fisherfaces(pictures, who, told=self._told(pictures))
    except UserError as e:
      logging.warning('identity is not measured: %s', e)
      return None

  def niqe(self, wanted: str) -> quality.Niqe | None:
    """A model file, 'fitted' to training pictures, or none at all."""
    if not wanted:
      return None
    if wanted != 'fitted':
      return quality.Niqe(niqe_model.load_pristine(expanded(wanted)))
    pictures, _ = self._frames()
    picks = np.linspace(0, len(pictures) - 1, min(500, len(pictures)))
    shown = pictures[picks.round().astype(int)]
    model = niqe_model.fit_pristine(
      folders.scaled(shown, 256, 256),
      name=f'training pictures, {self._told(shown)}',
    )
    return quality.Niqe(model)

  def measured(
    self,
    config: Any,
    constants: Mapping[str, np.ndarray],
    stack: contextlib.ExitStack,
  ) -> trajectories.Measured | None:
    """How action units are measured, by `config.evaluate.action_units`.

    Args:
      config: whole config.
      constants: F_c of the clips to come, by their names.
      stack: keeps a detector open.

    Raises:
      UserError: no such way, or clips without intensities to fit to.
    """
    how = config.evaluate.action_units
    if how not in UNITS:
      raise UserError(
        f'config.evaluate.action_units={how!r}: choose one of {UNITS}'
      )
    known = all(len(clip.au_intensities) for clip in self._clips)
    if how == 'fitted' and not known:
      raise UserError(
        "config.evaluate.action_units='fitted': the clips have no intensities "
        "of action units; set it to 'mediapipe' or 'none'"
      )
    if how == 'none':
      return None
    if how == 'fitted' or (how == 'auto' and known):
      return self._fitted(constants)
    landmarker = faces.Landmarker(config.data.face_landmarker or None)
    return trajectories.by_mediapipe(stack.enter_context(landmarker))

  def _fitted(
    self, constants: Mapping[str, np.ndarray]
  ) -> trajectories.Measured:
    most = np.stack([clip.au_intensities.max(0) for clip in self._clips])
    used = np.flatnonzero(most.mean(0) > _SHOWN)
    pictures, clips = self._frames()
    reader = fitted.ActionUnits(
      pictures,
      np.stack([self._neutrals.of(clip) for clip, _ in clips]),
      np.stack([clip.au_intensities[t][used] for clip, t in clips]),
      [clip.subject for clip, _ in clips],
      told=self._told(pictures),
    )

    def of(clip: Footage, frames: np.ndarray) -> np.ndarray:
      name = clip.name if clip.name in constants else folders.source(clip.name)
      return reader.read(frames, constants[name])

    aus = tuple(AUS[i] for i in used)
    return trajectories.Measured(reader.name, reader.licence, aus, of)

  def _frames(self) -> tuple[np.ndarray, list[tuple[Clip, int]]]:
    """Pictures n h w 3 uint8 and whose they are, spread over all clips."""
    every = [(clip, t) for clip in self._clips for t in range(len(clip))]
    picks = np.linspace(0, len(every) - 1, min(_PICTURES, len(every)))
    chosen = [every[i] for i in picks.round().astype(int)]
    return np.stack([clip.picture(t) for clip, t in chosen]), chosen

  def _told(self, pictures: np.ndarray) -> str:
    return f'fitted to {len(pictures)} training pictures'
