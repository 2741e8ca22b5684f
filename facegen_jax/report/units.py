"""A figure as a person reads it: its label, its unit, its digits."""

import math
from typing import Any

NONE = '—'  # nothing was recorded

_WORDS = {
  'acd': 'ACD',
  'aed': 'AED',
  'akd': 'AKD',
  'au': 'AU',
  'aus': 'AUs',
  'ccc': 'CCC',
  'f1': 'F1',
  'fid': 'FID',
  'flops': 'FLOPs',
  'fvd': 'FVD',
  'lpips': 'LPIPS',
  'macs': 'MACs',
  'mae': 'MAE',
  'niqe': 'NIQE',
  'p95': '95th percentile',
  'psnr': 'PSNR',
  'r2': 'R²',
  'rmse': 'RMSE',
  'ssim': 'SSIM',
  'uar': 'UAR',
  'uf1': 'UF1',
  'xla': 'XLA',
}
_NO_SHARE = ('learning_rate', 'frame_rate', 'sample_rate', 'bit_rate')
# Last word of a key -> unit, factor, format; the word stays in the label.
_KEPT = {
  'psnr': ('dB', 1, '.2f'),
  'ssim': ('', 1, '.4f'),
  'rate': ('%', 100, '.1f'),
  'share': ('%', 100, '.1f'),
  'macs': ('G', 1e-9, '.4g'),
  'flops': ('G', 1e-9, '.4g'),
  'fps': ('frames/s', 1, '.4g'),
}
# The same where the word is the unit itself.
_SPOKEN = {
  'db': ('dB', 1, '.2f'),
  'ms': ('ms', 1, '.4g'),
  'seconds': ('s', 1, '.4g'),
  'bytes': ('MB', 1e-6, '.4g'),
  'percent': ('%', 1, '.1f'),
}


def label(key: str) -> str:
  """`changed_psnr` -> `changed PSNR`, `latency_ms` -> `latency`."""
  words = str(key).replace('/', ' / ').replace('_', ' ').split()
  if len(words) > 1 and words[-1].lower() in _SPOKEN:
    words = words[:-1]
  return ' '.join(_WORDS.get(word.lower(), word) for word in words)


def title(key: str) -> str:
  """The label with a capital."""
  text = label(key)
  return text[:1].upper() + text[1:]


def unit(key: str) -> str:
  """`dB`, `%`, `s` ..., or ''."""
  return _form(key)[0]


def header(key: str) -> str:
  """Label and unit, for a column."""
  return f'{label(key)} ({unit(key)})' if unit(key) else label(key)


def number(value: Any, key: str = '') -> str:
  """Without its unit; a rate in [0, 1] is told in percent, words as words."""
  if value is None:
    return NONE
  if not isinstance(value, (int, float)):
    return str(value)
  if isinstance(value, bool):
    return 'yes' if value else 'no'
  if math.isnan(value):
    return 'undefined'
  if math.isinf(value):
    return '∞' if value > 0 else '−∞'
  _, factor, digits = _form(key)
  if not digits:
    return _plain(value)
  return _signed(format(value * factor, digits))


def quantity(value: Any, key: str = '') -> str:
  """With its unit."""
  text = number(value, key)
  if value is None or isinstance(value, (bool, str)):
    return text
  return f'{text} {unit(key)}' if unit(key) and math.isfinite(value) else text


def _form(key: str) -> tuple[str, float, str]:
  key = key.lower()
  last = key.replace('/', '_').split('_')[-1]
  if key.endswith('steps_per_second'):
    return 'steps/s', 1, '.3g'
  if key.endswith(_NO_SHARE):
    return '', 1, ''
  return _KEPT.get(last) or _SPOKEN.get(last) or ('', 1, '')


def _plain(value: float) -> str:
  if isinstance(value, int) or (abs(value) >= 1e4 and value == int(value)):
    return _signed(f'{int(value):,}')
  if abs(value) >= 1e4 and abs(value) < 1e9:
    return _signed(f'{value:,.0f}')
  return _signed(f'{value:.4g}')


def _signed(text: str) -> str:
  return '−' + text[1:] if text.startswith('-') else text
