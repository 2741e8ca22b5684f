"""The names and layouts in which files hold StyleGAN 1."""

from collections.abc import Callable, Iterable, Mapping
import re
from typing import Any, NamedTuple

import numpy as np

from facegen_jax.weights import stylegan_names
from facegen_jax.weights.mapping import linear, same
from facegen_jax.weights.stylegan_names import FUSED, resolutions

Layout = Callable[[np.ndarray], np.ndarray]
_ROSINALITY = (
  "rosinality's StyleGAN 1, another function: its layers are scaled in "
  'another way and share their noise, so that no weights of it fit; give the '
  'official .pkl or a .pth that was made of it'
)
_STYLEGAN2 = 'StyleGAN2 or 3, another function: only StyleGAN 1 is read'
# Of other generators, what is in the names of their arrays.
_STRANGERS = {
  r'(^|\.)progression\.\d|^style\.\d+\.linear\.': _ROSINALITY,
  r'modulation|mod_weight|\.affine\.|noise_strength': _STYLEGAN2,
  r'early_layer|mapping\.fc\d|synthesis\.input\.freqs': _STYLEGAN2,
}


class Dialect(NamedTuple):
  """How a kind of files names and lays out arrays.

  Attributes:
    title: for people.
    telling: a name that only such a generator has.
    generator: from size and mapping layers to their names, by ours.
    discriminator: from size to their names, by ours; None where there is none.
    layout: from our and their name to what lays an array out as PyTorch does.
    lacks: a pattern of their names that such files may leave out.
  """

  title: str
  telling: str
  generator: Callable[[int, int], dict[str, str]]
  discriminator: Callable[[int], dict[str, str]] | None
  layout: Callable[[str, str], Layout]
  lacks: str = r'(synthesis\.)?lod'


def _flat(x: np.ndarray) -> np.ndarray:
  """A level of detail, with an axis or without."""
  return x.reshape(-1)


def _from_hwio(x: np.ndarray) -> np.ndarray:
  """Convolution kernel h w in out -> out in h w."""
  return x.transpose(3, 2, 0, 1)


def _torch_layout(ours: str, theirs: str) -> Layout:
  del theirs
  return _flat if ours.endswith('lod') else same


def _tf_layout(ours: str, theirs: str) -> Layout:
  if not theirs.endswith('/weight'):
    return _torch_layout(ours, theirs)
  if theirs.endswith('Noise/weight'):
    return same
  dense = 'Dense' in theirs or 'StyleMod' in theirs
  return linear if dense else _from_hwio


def _own_names(names: Callable) -> Callable:
  """genforce's: ours."""
  return lambda *sizes: {name: name for name in names(*sizes)}


# Ours to InterFaceGAN's; the first that fits.
_INTERFACE = (
  (r'(mapping\.dense\d+)\.weight', r'\1.linear.weight'),
  (r'(mapping\.dense\d+)\.bias', r'\1.wscale.bias'),
  (r'(.*)\.const', r'\1.first_layer'),
  (r'(.*)\.style\.weight', r'\1.epilogue.style_mod.dense.linear.weight'),
  (r'(.*)\.style\.bias', r'\1.epilogue.style_mod.dense.wscale.bias'),
  (r'(.*layer\d+)\.(bias|apply_noise\..*)', r'\1.epilogue.\2'),
  (r'(.*(layer|output)\d+)\.weight', r'\1.conv.weight'),
)


def _renamed(name: str, rules: Iterable[tuple[str, str]]) -> str:
  for pattern, by in rules:
    if found := re.fullmatch(pattern, name):
      return found.expand(by)
  return name


def _interface_names(size: int, mapping_layers: int) -> dict[str, str]:
  ours = stylegan_names.generator_names(size, mapping_layers)
  names = {name: _renamed(name, _INTERFACE) for name in ours}
  for i, side in enumerate(resolutions(size)):
    if side >= FUSED:
      name = f'synthesis.layer{2 * i}.weight'
      names[name] = name
  return names


def _interface_layout(ours: str, theirs: str) -> Layout:
  """The fused kernels, under names of their own, stay as TensorFlow's."""
  fused = re.fullmatch(r'synthesis\.layer\d+\.weight', theirs)
  return _from_hwio if fused else _torch_layout(ours, theirs)


# TensorFlow's names to lernapparat's.
_LERNAPPARAT = (
  (r'Dense(.*)', r'g_mapping.dense\1'),
  (r'ToRGB_lod0(.*)', r'g_synthesis.torgb\1'),
  (r'(4x4)/Const/(const|bias)', r'\1.\2'),
  (r'(\w+)/(?:Const|Conv0_up)/Noise/(.*)', r'\1.epi1.top_epi.noise.\2'),
  (r'(\w+)/(?:Const|Conv0_up)/StyleMod/(.*)', r'\1.epi1.style_mod.lin.\2'),
  (r'(\w+)/Conv1?/Noise/(.*)', r'\1.epi2.top_epi.noise.\2'),
  (r'(\w+)/Conv1?/StyleMod/(.*)', r'\1.epi2.style_mod.lin.\2'),
  (r'dlatent_avg', 'truncation.avg_latent'),
)


def _lernapparat_names(size: int, mapping_layers: int) -> dict[str, str]:
  names = stylegan_names.generator_names(size, mapping_layers)
  names = {k: _renamed(v, _LERNAPPARAT) for k, v in names.items()}
  return {
    k: f'{"g_synthesis.blocks." * v[0].isdigit()}{v}'.replace('/', '.').lower()
    for k, v in names.items()
  }


OFFICIAL = Dialect(
  'the official TensorFlow file',
  'Dense0/weight',
  stylegan_names.generator_names,
  stylegan_names.discriminator_names,
  _tf_layout,
)
GENFORCE = Dialect(
  "genforce's",
  'synthesis.layer0.const',
  _own_names(stylegan_names.generator_names),
  _own_names(stylegan_names.discriminator_names),
  _torch_layout,
)
_DIALECTS = (
  GENFORCE,
  Dialect(
    "InterFaceGAN's",
    'synthesis.layer0.first_layer',
    _interface_names,
    None,
    _interface_layout,
  ),
  Dialect(
    "lernapparat's",
    'g_mapping.dense0.weight',
    _lernapparat_names,
    None,
    _torch_layout,
    r'torgb_lod\d+\..*|lod|noise\d+|truncation\.avg_latent',
  ),
)


def dialect_of(state: Mapping[str, Any]) -> Dialect | None:
  """Of a generator's PyTorch state dict; None for none known."""
  return next((d for d in _DIALECTS if d.telling in state), None)


def stranger(names: Iterable[Any]) -> str | None:
  """Which other network has arrays of such names, if a known one."""
  for pattern, title in _STRANGERS.items():
    if any(re.search(pattern, n) for n in names if isinstance(n, str)):
      return title
  return None
