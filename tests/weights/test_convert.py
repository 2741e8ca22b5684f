"""Published checkpoints become runs that animate, and runs checkpoints."""

import functools
import importlib.util
import pathlib

import numpy as np
from PIL import Image
import pytest
from smoke import command, experiment

from facegen_jax import evaluation, runs, train
from facegen_jax.animation import driven, portrait
from facegen_jax.core.checkpoint import Checkpoints
from facegen_jax.core.errors import UserError
from facegen_jax.data import encode, faces, video
from facegen_jax.weights import checkpoint_run
from facegen_jax.weights.checkpoint_networks import FAMILIES
from facegen_jax.weights.hourglass import learned
from facegen_jax.weights.torch_reader import read_torch
from facegen_jax.weights.torch_writer import write_torch


def _published():
  path = pathlib.Path(__file__).with_name('published.py')
  spec = importlib.util.spec_from_file_location('published', path)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


published = _published()
_SIDE = 32


def _config():
  sizes = {'data__size': _SIDE, 'loss__pyramid': (1, 2)}
  return experiment('facial_prior', 'paper', **sizes).lock()


def _sizes(family):
  """The tiny ones; a prior has 18 points."""
  sizes = dict(published.SIZES[family])
  if not family.startswith('fpb_'):
    return sizes
  finder = 'keypoints' if family == 'fpb_fomm' else 'regions'
  sizes[finder] = sizes[finder] | {'points': 18}
  motion = dict(sizes['generator']['motion'])
  motion['points' if family == 'fpb_fomm' else 'regions'] = 18
  sizes['generator'] = sizes['generator'] | {'motion': motion}
  if 'discriminator' in sizes:
    sizes['discriminator'] = sizes['discriminator'] | {'points': 18}
  if 'avd' in sizes:
    sizes['avd'] = sizes['avd'] | {'regions': 18}
  return sizes


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
  """A checkpoint's state dicts, its file and its run; not to be changed."""

  @functools.cache
  def made(family, **options):
    sizes = _sizes(family)
    if family == 'mraa':  # a config has one size for all codes
      sizes['avd'] = sizes['avd'] | {'pose': 3}
    if 'background' in sizes:  # and one depth for all hourglasses
      sizes['background'] = sizes['background'] | {'blocks': 2}
    folder = tmp_path_factory.mktemp(family)
    tree, path = published.states(family, sizes), folder / 'in.pth.tar'
    write_torch(path, tree)
    workdir = folder / 'run'
    checkpoint_run.to_run(path, family, workdir, _config(), **options)
    return tree, path, workdir

  return made


@pytest.mark.parametrize('family', FAMILIES)
def test_a_run_and_back(tmp_path, converted, family):
  tree, _, workdir = converted(family)
  back = tmp_path / 'out.pth.tar'
  checkpoint_run.to_checkpoint(workdir, family, back)
  again = read_torch(back)
  for name, network in FAMILIES[family].items():
    if name == 'avd' and family == 'fpb_mraa':  # which never uses one
      assert network.published not in again
      continue
    one, two = tree[network.published], again[network.published]
    assert one.keys() == two.keys()
    for key, value in learned(one).items():
      np.testing.assert_array_equal(value, two[key], key)


def _read(workdir):
  return Checkpoints(workdir, create=False).config()


def test_what_arrays_do_not_tell(converted):
  model = _read(converted('mraa')[-1]).model
  assert (model.padding, model.align_corners) == (3, False)
  options = {'padding': 0, 'align_corners': True, 'crop': 'aligned'}
  config = _read(converted('mraa', **options)[-1])
  assert (config.model.padding, config.model.align_corners) == (0, True)
  assert portrait.trained_kind(config.data).name == 'aligned'


@pytest.mark.parametrize(
  ('family', 'wanted'), [('fomm', 'whole'), ('fpb_fomm', 'micro')]
)
def test_pictures_are_cut_as_the_weights_want(converted, family, wanted):
  data = _read(converted(family)[-1]).data
  assert portrait.trained_kind(data).name == wanted


def test_a_converted_run_paints(converted):
  workdir = converted('fomm')[-1]
  system, state, config = runs.open_generator(workdir)
  assert config.model.align_corners
  draw = np.random.default_rng(0)
  source, first = draw.uniform(-1, 1, (2, 1, _SIDE, _SIDE, 3)).astype('f4')
  driving = draw.uniform(-1, 1, (2, _SIDE, _SIDE, 3)).astype('f4')
  generate = runs.generator(system, state)
  made = generate(source=source, driving=driving, first=first)
  assert made.shape == driving.shape
  assert np.isfinite(made).all()
  assert abs(made).max() <= 1


def test_a_converted_run_animates_pictures_as_they_are(
  tmp_path, converted, monkeypatch
):
  """No face is looked for: FOMM's pictures are cut before."""
  workdir = converted('fomm')[-1]

  def none(model):
    raise AssertionError(model)

  monkeypatch.setattr(faces, 'Landmarker', none)
  draw = np.random.default_rng(0)
  source, driver = tmp_path / 'face.png', tmp_path / 'driver.mp4'
  Image.fromarray(draw.integers(0, 256, (40, 50, 3), np.uint8)).save(source)
  with encode.Writer(driver, rate=25, width=36, height=48) as writer:
    for _ in range(3):
      writer.write(draw.integers(0, 256, (48, 36, 3), np.uint8))
  out = tmp_path / 'out.mp4'
  assert driven.animate(workdir, source, driver, out, batch=2) == 3
  assert [x.shape for x in video.read(out)] == [(256, 256, 3)] * 3


def test_training_does_not_go_on_from_weights_alone(converted):
  workdir = converted('fomm')[-1]
  config = _read(workdir)
  for go_on in (train.train, evaluation.evaluate):
    with pytest.raises(
      UserError, match=r'weights alone.*training cannot go on'
    ):
      go_on(config, workdir)


def test_a_run_is_not_overwritten(tmp_path, converted):
  _, path, workdir = converted('fomm')
  with pytest.raises(UserError, match='holds a run'):
    checkpoint_run.to_run(path, 'fomm', workdir, _config())
  with pytest.raises(UserError, match='give --format=fomm'):
    checkpoint_run.to_checkpoint(workdir, 'mraa', tmp_path / 'out.pth')


@pytest.mark.parametrize(
  ('family', 'name', 'change', 'match'),
  [
    ('fomm', 'keypoints', {'jacobian': 'shared'}, 'keypoints differs'),
    ('fomm', 'keypoints', {'blocks': 3}, r'networks of blocks \[2, 3\]'),
    ('fpb_fomm', 'keypoints', {}, 'cannot describe'),  # 2 points, not 18
    ('mraa', 'background', {}, r'networks of blocks \[1, 2\]'),
  ],
)
def test_networks_that_no_config_describes(
  tmp_path, family, name, change, match
):
  sizes = published.SIZES[family]
  path = tmp_path / 'in.pth.tar'
  tree = published.states(family, sizes | {name: sizes[name] | change})
  write_torch(path, tree)
  with pytest.raises(UserError, match=match):
    checkpoint_run.to_run(path, family, tmp_path / 'run', _config())
  assert not (tmp_path / 'run').exists()


def test_the_command_ends_in_one_line(tmp_path):
  path = tmp_path / 'vox-cpk.pth.tar'
  path.write_bytes(b'cos\nsystem\n(S"touch was-run"\ntR.')
  words = '--format=fomm', f'--checkpoint={path}', f'--workdir={tmp_path}/run'
  done = command('weights.convert', *words)
  assert done.returncode == 2
  assert 'asks to run os.system' in done.stderr
  assert len(done.stderr.strip().splitlines()) == 1
