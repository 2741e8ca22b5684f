"""Memory and speed of the video path: decode, detect, warp, paste, encode.

  python benchmarks/animate_memory.py --frames=3000 --height=720

Makes a clip of a drifting picture (a face, with --source) with sound, streams
it through and prints frames a second and how far memory rose above its start.
Fails above --limit_gib.
"""

import pathlib
import sys
import tempfile
import time

from absl import app, flags
import av
import numpy as np

from facegen_jax.data import align, faces, pictures, video

_FRAMES = flags.DEFINE_integer('frames', 3000, 'Length of the clip.')
_HEIGHT = flags.DEFINE_integer('height', 720, 'Height; the width is 16:9.')
_SIZE = flags.DEFINE_integer('size', 256, 'Side of the crop, pixels.')
_SOURCE = flags.DEFINE_string('source', None, 'Picture of a face, required.')
_MODEL = flags.DEFINE_string('face_landmarker', None, "MediaPipe's model.")
_LIMIT = flags.DEFINE_float('limit_gib', 1.5, 'Most that memory may rise.')


def memory() -> int:
  """Resident bytes of this process."""
  pages = pathlib.Path('/proc/self/statm').read_text().split()[1]
  return int(pages) * 4096


def make_clip(path: pathlib.Path) -> None:
  """A face that drifts slowly over the picture, with a tone."""
  height, width = _HEIGHT.value, _HEIGHT.value * 16 // 18 * 2
  face = pictures.read(_SOURCE.value)
  scale = 0.7 * height / face.shape[0]
  with av.open(str(path), 'w') as out:
    shots = out.add_stream('libx264', rate=30, options={'preset': 'ultrafast'})
    shots.width, shots.height, shots.pix_fmt = width, height, 'yuv420p'
    sound = out.add_stream('aac', rate=16000)
    sound.layout = 'mono'
    for number in range(_FRAMES.value):
      x = width / 2 - face.shape[1] * scale / 2
      x += 0.1 * width * np.sin(number / 60)
      matrix = np.array([[scale, 0, x], [0, scale, 0.15 * height]])
      crop = align.Crop(np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2], 8)
      shot = _place(face, crop, height, width)
      out.mux(shots.encode(av.VideoFrame.from_ndarray(shot, format='rgb24')))
      start, stop = number * 16000 // 30, (number + 1) * 16000 // 30
      tone = np.sin(np.arange(start, stop) / 6).astype(np.float32)[None]
      frame = av.AudioFrame.from_ndarray(tone, format='fltp', layout='mono')
      frame.sample_rate, frame.pts = 16000, start
      out.mux(sound.encode(frame))
    out.mux(shots.encode())
    out.mux(sound.encode())


def _place(
  face: np.ndarray, crop: align.Crop, height: int, width: int
) -> np.ndarray:
  import cv2

  return cv2.warpAffine(
    face,
    crop.matrix,
    (width, height),
    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    borderMode=cv2.BORDER_REPLICATE,
  )


def stream(source: pathlib.Path, target: pathlib.Path) -> tuple[int, int]:
  """Runs the whole path; returns bytes at the start and the most seen."""
  info = video.probe(source)
  start = most = 0
  with (
    faces.Landmarker(_MODEL.value) as landmarker,
    video.Writer(
      target,
      rate=info.fps,
      width=info.width,
      height=info.height,
      audio_from=source,
    ) as writer,
  ):
    crop = last = None
    start = memory()
    for number, frame in enumerate(video.frames(source)):
      last = faces.same(landmarker.detect(frame.picture), last) or last
      if last is None:
        raise SystemExit(f'no face in frame {number}')
      if crop is None:
        crop = align.crop_from_landmarks(last.landmarks68, _SIZE.value)
      patch = 255 - align.warp(frame.picture, crop)
      shot = align.paste(frame.picture, crop, patch)
      writer.write(shot, frame.pts, frame.time_base)
      most = max(most, memory())
  return start, most


def main(argv: list[str]) -> None:
  """Prints one line of figures; exits with 1 above the limit."""
  del argv
  with tempfile.TemporaryDirectory() as folder:
    source, target = (pathlib.Path(folder, n) for n in ('in.mp4', 'out.mp4'))
    make_clip(source)
    begin = time.monotonic()
    start, most = stream(source, target)
    seconds = time.monotonic() - begin
    before, after = video.probe(source), video.probe(target)
    if (before.frames, before.has_audio) != (after.frames, after.has_audio):
      raise SystemExit(f'{before} went in, {after} came out')
  rise = (most - start) / 2**30
  print(
    f'{after.frames} frames of {after.width}x{after.height}: '
    f'{after.frames / seconds:.1f} a second, memory {start / 2**30:.2f} GiB '
    f'at the start, +{rise:.2f} GiB at most'
  )
  sys.exit(rise > _LIMIT.value)


if __name__ == '__main__':
  flags.mark_flag_as_required('source')
  app.run(main)
