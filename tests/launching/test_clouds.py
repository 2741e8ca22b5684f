"""The commands that TPU slices and GKE are given."""

import json
import shlex
import subprocess

import pytest
from smoke import ROOT

SLICE = ('--name=faces', '--zone=us-west4-a')
JOB = (
  *('--name=faces', '--image=here/faces:1', '--claim=runs', '--hosts=4'),
  *('--accelerator=tpu-v5-lite-podslice', '--topology=4x4'),
)
WORDS = ('--', '--config=configs/sslg.py:smoke', '--workdir=shared/a b')


def script(name, *words):
  return subprocess.run(
    [ROOT / 'launch' / f'{name}.sh', *words], capture_output=True, text=True
  )


def commands(name, *words):
  done = script(name, *words, '--dry_run', *(WORDS if 'train' in words else ()))
  assert done.returncode == 0, done.stderr
  return done.stdout


def test_a_slice_is_created_and_deleted():
  made = commands('tpu', 'create', *SLICE, '--type=v5litepod-16', '--spot')
  assert shlex.split(made) == [
    *('gcloud', 'compute', 'tpus', 'tpu-vm', 'create', 'faces'),
    *('--accelerator-type=v5litepod-16', '--version=tpu-ubuntu2204-base'),
    *('--spot', '--zone=us-west4-a'),
  ]
  gone = shlex.split(commands('tpu', 'delete', *SLICE, '--project=p'))
  assert gone[4:6] == ['delete', 'faces']
  assert gone[-1] == '--project=p'


def test_every_host_of_a_slice_trains_as_one():
  words = shlex.split(commands('tpu', 'train', *SLICE))
  assert '--worker=all' in words
  (there,) = [w for w in words if w.startswith('--command=')]
  run = shlex.split(there.partition('=')[2])
  assert run[run.index('-m') :] == [
    *('-m', 'facegen_jax.main', '--multihost'),
    *('--config=configs/sslg.py:smoke', '--workdir=shared/a b'),
  ]


@pytest.mark.parametrize(
  'words',
  [('tpu', 'train', *SLICE, '--one_host'), ('gke', 'train', *JOB, '--hosts=1')],
)
def test_a_single_host_waits_for_no_other(words):
  assert '--multihost' not in commands(*words)


def test_every_host_is_given_the_checkout_and_the_bucket():
  lines = commands('tpu', 'install', *SLICE, '--bucket=my-faces')
  assert lines.count('--worker=all') == 3
  assert 'git archive' in lines and 'gcsfuse --implicit-dirs my-faces' in lines


def test_the_manifest_of_a_job():
  text = commands('gke', 'train', *JOB)
  assert '@' not in text.partition('apiVersion')[2]
  fields = dict(
    line.strip().split(': ', 1) for line in text.splitlines() if ': ' in line
  )
  assert fields['image'] == 'here/faces:1'
  assert fields['completions'] == fields['parallelism'] == '4'
  assert fields['cloud.google.com/gke-tpu-topology'] == '4x4'
  assert json.loads(fields['args']) == ['--multihost', *WORDS[1:]]
  assert text.splitlines()[-1].startswith('kubectl apply -f ')


def test_the_image_is_built_and_pushed():
  build, push = commands('gke', 'build', '--image=here/faces:1').splitlines()
  assert shlex.split(build)[:3] == ['docker', 'build', '-f']
  assert shlex.split(push) == ['docker', 'push', 'here/faces:1']


@pytest.mark.parametrize(
  ('words', 'told'),
  [
    (('tpu', 'create', '--zone=a'), '--name is missing'),
    (('tpu', 'create', '--name=a'), '--zone is missing'),
    (('tpu', 'create', *SLICE, '--dry_run'), '--type is missing'),
    (('tpu', 'train', *SLICE, '--dry_run'), 'no flags of the run'),
    (('tpu', 'dance', *SLICE), 'unknown action dance'),
    (('tpu', 'train', *SLICE, '--speed=3'), 'unknown word --speed=3'),
    (('gke', 'train', *JOB[1:]), '--name is missing'),
    (('gke', 'train', *JOB, '--hosts=no'), 'no: a number of at least 1'),
    (('gke', 'train', *JOB), 'no flags of the run'),
    (('gke', 'build', '--name=a'), '--image is missing'),
    (('gke', 'dance'), 'unknown action dance'),
  ],
)
def test_one_line_tells_what_is_wrong(words, told):
  done = script(*words)
  assert done.returncode == 2
  assert len(done.stderr.splitlines()) == 1
  assert told in done.stderr


@pytest.mark.parametrize('name', ['tpu', 'gke'])
def test_usage(name):
  done = script(name, '--help')
  assert done.returncode == 0
  assert f'launch/{name}.sh ACTION --name=NAME' in done.stdout
