"""Folders of generated clips, as a generator that errs in nothing makes them.

`transferred` renders embedded people with the expressions of others, to try
augmented training out:

  python tests/tiny_generated.py 'gen/{seed}' --seeds=3 --count=200 \
    --variant=synth_micro
  python -m facegen_jax.recognise \
    --config=configs/recognition.py:synth_micro --workdir=runs/table7 \
    --protocol=augmented --generated='gen/{seed}'
"""

import argparse
import csv
import json
import pathlib
import sys

import jax
import numpy as np

from facegen_jax.data import encode, synthface
from facegen_jax.data.generated import COLUMNS

ROOT = pathlib.Path(__file__).resolve().parent.parent


def write(folder, videos, rows, trained_on):
  """Videos (t h w 3 uint8 each), their rows, and whom the generator saw."""
  folder.mkdir(parents=True, exist_ok=True)
  for video, row in zip(videos, rows, strict=True):
    height, width = video.shape[1:3]
    path = folder / row['file']
    with encode.Writer(
      path, rate=25, width=width, height=height, crf=6
    ) as writer:
      for frame in video:
        writer.write(frame)
  with (folder / 'labels.csv').open('w', newline='') as file:
    table = csv.DictWriter(file, COLUMNS)
    table.writeheader()
    table.writerows(rows)
  about = {'trained_on': sorted(trained_on), 'system': 'rendered truth'}
  (folder / 'generator.json').write_text(json.dumps(about))
  return folder


def row(i, emotion, subject, source):
  return dict(
    zip(COLUMNS, (f'{i:05}.mp4', emotion, subject, source), strict=True)
  )


def blocks(folder, subjects, words, frames=6, size=16, trained_on=()):
  """A clip a word, of a colour each, driven by the subjects in turn."""
  rng = np.random.default_rng(0)
  rows, videos = [], []
  for i, word in enumerate(words):
    who = subjects[i % len(subjects)]
    rows.append(row(i, word, who, who))
    colour = rng.integers(0, 255, 3).astype(np.uint8)
    videos.append(np.tile(colour, (frames, size, size, 1)))
  return write(folder, videos, rows, trained_on)


def transferred(folder, clips, count, size, seed=0):
  """`count` pairs of embedded clips: the driver's expression on the source."""
  rng = np.random.default_rng(seed)
  rows, videos = [], []
  for i in range(count):
    source, driver = (clips[j] for j in rng.integers(len(clips), size=2))
    length = len(driver)
    scenes = np.repeat(source.extra['scene_vectors'][:1], length, 0)
    people = np.repeat(source.extra['identity_vector'][None], length, 0)
    pictures = synthface.render_batch(
      jax.vmap(synthface.identity_from_vector)(people),
      driver.au_intensities,
      jax.vmap(synthface.scene_from_vector)(scenes),
      size,
    )
    videos.append(np.uint8(np.rint((np.asarray(pictures) + 1) * 127.5)))
    rows.append(row(i, driver.emotion, driver.subject, source.subject))
  return write(folder, videos, rows, clips.subjects)


def main():
  words = argparse.ArgumentParser(description=__doc__)
  words.add_argument('folder', help="'gen/{seed}'")
  words.add_argument('--variant', default='synth_micro')
  words.add_argument('--data_dir', default='')
  words.add_argument('--seeds', type=int, default=3)
  words.add_argument('--count', type=int, default=200)
  given = words.parse_args()
  sys.path.insert(0, str(ROOT))
  from configs import recognition
  from facegen_jax.data import datasets

  config = recognition.get_config(given.variant)
  config.data.dir = given.data_dir or config.data.dir
  for seed in range(given.seeds):
    config.data.seed = seed
    out = pathlib.Path(given.folder.replace('{seed}', str(seed)))
    clips = datasets.load(config.data).train
    transferred(out, clips, given.count, config.data.size, seed)
    print(out)


if __name__ == '__main__':
  main()
