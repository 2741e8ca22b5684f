"""Memory of `animate` by a run of the facial prior over a long clip.

  python -m benchmarks.animate_run_memory [--variant=smoke_fomm_awp]
    [--frames=2000] [--size=256] [--source=face.png] [--face_landmarker=FILE]

Makes a run of `configs/facial_prior.py:VARIANT` at `--size` px that nobody has
trained, a clip of a face with sound, and animates a portrait: decode, find the
face, cut, generate, encode. Prints resident memory at tenths of the way and how
far it rose after the first fifth, by when all is compiled; fails above 0.1 GiB.
The face is an embedded one unless given. Networks of smoke's widths take a few
minutes on two CPU cores: what a frame left behind would show at any width.
"""

import pathlib
import sys
import tempfile
import threading
import time

from absl import app, flags
import jax
from PIL import Image

from benchmarks import animate_memory
from benchmarks.synthface_detector import random_pictures
from configs import facial_prior
from facegen_jax.animation import driven
from facegen_jax.core import memory
from facegen_jax.core import state as state_lib
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.systems.facial_prior.system import System

_VARIANT = flags.DEFINE_string(
  'variant', 'smoke_fomm_awp', 'Of configs/facial_prior.py.'
)
_LEFT_OUT = 0.2  # of the way, until all is compiled
_MOST = 0.1  # GiB, that memory may rise then
_PERIOD = 0.1  # seconds between looks


class Watch(threading.Thread):
  """Looks at this process's memory until it is told to stop."""

  def __init__(self) -> None:
    super().__init__(daemon=True)
    self.seen: list[int] = []
    self._done = threading.Event()

  def run(self) -> None:
    """Looks."""
    while not self._done.wait(_PERIOD):
      self.seen.append(animate_memory.memory())

  def stop(self) -> list[float]:
    """The GiB seen, in order."""
    self._done.set()
    self.join()
    return [seen / 2**30 for seen in self.seen]


def make_run(workdir: pathlib.Path) -> None:
  """A run at its first step, as far as animating needs one."""
  config = facial_prior.get_config(_VARIANT.value)
  config.data.size = flags.FLAGS.size
  system = System(config.lock())
  quick = {'xla_backend_optimization_level': 0}  # it runs once
  quick = quick if jax.default_backend() == 'cpu' else None
  nets = jax.jit(system.init, compiler_options=quick)(jax.random.key(0))
  saves = Checkpoints(workdir)
  saves.save(0, state_lib.create(nets, None, system.averages()), {}, config)
  saves.close()


def _portrait(folder: pathlib.Path) -> pathlib.Path:
  """The given picture, or one of nobody; the clip is made of it too."""
  if flags.FLAGS.source is None:
    pictures, _ = random_pictures(1, flags.FLAGS.size)
    flags.FLAGS.source = str(folder / 'face.png')
    Image.fromarray(pictures[0]).save(flags.FLAGS.source)
  return pathlib.Path(flags.FLAGS.source)


def animate(folder: pathlib.Path) -> tuple[int, float, list[float]]:
  """Frames, seconds, and memory on the way."""
  source, clip = _portrait(folder), folder / 'in.mp4'
  animate_memory.make_clip(clip)
  make_run(folder / 'run')
  watch, begin = Watch(), time.monotonic()
  watch.start()
  count = driven.animate(
    folder / 'run',
    source,
    clip,
    folder / 'out.mp4',
    face_landmarker=flags.FLAGS.face_landmarker,
  )
  return count, time.monotonic() - begin, watch.stop()


def main(argv: list[str]) -> None:
  """Prints the figures; exits with 1 where memory rises."""
  del argv
  memory.keep_freed()  # as the command does
  with tempfile.TemporaryDirectory() as folder:
    count, seconds, seen = animate(pathlib.Path(folder))
  tenths = [seen[(len(seen) - 1) * i // 10] for i in range(11)]
  late = seen[int(_LEFT_OUT * len(seen)) :]
  rise = max(late) - late[0]
  curve = ' '.join(f'{x:.3f}' for x in tenths)
  print(
    f'{_VARIANT.value}: {count} frames of {flags.FLAGS.size} px, '
    f'{count / seconds:.1f} a second; GiB at each tenth of the time: {curve}; '
    f'+{rise:.3f} GiB after the first {_LEFT_OUT:.0%}'
  )
  sys.exit(rise > _MOST)


if __name__ == '__main__':
  flags.FLAGS.set_default('frames', 2000)
  flags.FLAGS.set_default('height', 256)
  app.run(main)
