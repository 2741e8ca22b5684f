"""Where MediaPipe's FaceLandmarker model comes from: given, kept or fetched."""

import hashlib
import os
import pathlib
import tempfile
import urllib.request

from facegen_jax.core.errors import UserError
from facegen_jax.core.paths import expanded
from facegen_jax.data.cache import cache_dir

URL = (
  'https://storage.googleapis.com/mediapipe-models/face_landmarker/'
  'face_landmarker/float16/1/face_landmarker.task'
)
SHA256 = '64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff'
VARIABLE = 'FACEGEN_FACE_LANDMARKER'
CURE = (
  f'download {URL} (3,758,596 bytes) and name the file with '
  f'--face_landmarker or {VARIABLE}'
)


def find(given: str | os.PathLike | None = None) -> pathlib.Path:
  """The model's file.

  Looks at `given`, then the environment's FACEGEN_FACE_LANDMARKER, then the
  user's cache; else downloads it there once and checks its SHA-256.

  Raises:
    UserError: a named file does not exist, or the download fails.
  """
  named = given or os.environ.get(VARIABLE)
  if named:
    path = expanded(named)
    if not path.is_file():
      source = '--face_landmarker' if given else VARIABLE
      raise UserError(f'{path}: no such file ({source}); {CURE}')
    return path
  path = cache_path()
  if not (path.is_file() and _sha256(path.read_bytes()) == SHA256):
    _download(path)
  return path


def cache_path() -> pathlib.Path:
  """The model's place in the user's cache."""
  return cache_dir() / 'face_landmarker.task'


def _download(path: pathlib.Path) -> None:
  """Fetches under a temporary name, so that an interrupted one never counts."""
  try:
    with urllib.request.urlopen(URL, timeout=30) as answer:
      content = answer.read()
  except OSError as error:  # URLError is one
    raise UserError(
      f'{path}: no face landmarker model there, and its download failed '
      f'({getattr(error, "reason", None) or error}); {CURE}, or put it there'
    ) from error
  if _sha256(content) != SHA256:
    raise UserError(
      f'{URL}: the download is not the expected file ({len(content)} bytes, '
      f'wrong SHA-256); {CURE}, or put it at {path}'
    )
  part = None
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix='.part')
    with os.fdopen(handle, 'wb') as file:
      file.write(content)
    os.replace(part, path)
  except OSError as error:
    if part:
      pathlib.Path(part).unlink(missing_ok=True)
    raise UserError(
      f'{path}: cannot keep the face landmarker model ({error.strerror}); '
      f'{CURE}'
    ) from error


def _sha256(content: bytes) -> str:
  return hashlib.sha256(content).hexdigest()
