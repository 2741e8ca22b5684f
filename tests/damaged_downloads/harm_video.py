"""Ways to damage a video and the labels of its frames; see `damage`."""

import os

import av
import numpy as np
import tiny_downloads as tiny


def labels(change, aus=tiny.AUS):
  """`change` makes the text of label files of clip A from what it was."""

  def damage(at):
    for au in aus:
      path = at.root / 'ActionUnit_Labels/SN001' / f'SN001_au{au}.txt'
      text = change(path.read_text())
      path.write_bytes(text if isinstance(text, bytes) else text.encode())

  return damage


def film(data):
  """The video holds this; a function makes it from what it held."""

  def damage(at):
    held = at.clip.read_bytes()
    at.clip.write_bytes(data(held) if callable(data) else data)

  return damage


def film_a_pipe(at):
  at.clip.unlink()
  os.mkfifo(at.clip)


def avi(share):
  """An AVI in its place, of which this share is left."""

  def damage(at):
    path = at.clip.with_suffix('.avi')
    at.clip.unlink()
    with av.open(str(path), 'w') as file:
      stream = file.add_stream('mjpeg', rate=20)
      stream.width, stream.height, stream.pix_fmt = 16, 12, 'yuvj420p'
      for value in range(6):
        pixels = np.full((12, 16, 3), 40 * value, np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels)
        file.mux(stream.encode(frame.reformat(format='yuvj420p')))
      file.mux(stream.encode())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])

  return damage
