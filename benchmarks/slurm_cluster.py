"""A real SLURM on this machine alone, from Debian's packages."""

from collections.abc import Callable, Iterator
import contextlib
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time

_CONF = """\
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={d_port}
AuthType=auth/munge
AuthInfo=socket={munge}/socket,cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=1,sched_interval=2
SchedulerType=sched/builtin
MpiDefault=none
JobRequeue=1
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=here Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def install() -> None:
  """Installs the packages where they are missing; tells their versions."""
  if shutil.which('sbatch') is None or shutil.which('munged') is None:
    if os.geteuid():
      sys.exit('SLURM is missing: run as root, or install slurm-wlm and munge')
    quiet = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    subprocess.run(['apt-get', 'update', '-qq'], check=True)
    subprocess.run(
      ['apt-get', 'install', '-qq', '-y', 'slurm-wlm', 'munge'],
      check=True,
      env=quiet,
    )
  words = ['dpkg-query', '--show', 'slurm-wlm', 'munge']
  print(subprocess.run(words, capture_output=True, text=True).stdout.strip())


@contextlib.contextmanager
def cluster(folder: pathlib.Path) -> Iterator[dict[str, str]]:
  """The environment in which sbatch and its like find the cluster.

  Args:
    folder: receives configuration, state and logs.
  """
  for name in ('state', 'spool', 'munge'):
    (folder / name).mkdir(parents=True, exist_ok=True)
  conf = folder / 'slurm.conf'
  conf.write_text(_configuration(folder))
  environ = os.environ | {'SLURM_CONF': str(conf)}
  started: list[subprocess.Popen] = []
  try:
    started.append(_munged(folder / 'munge'))
    _until(lambda: (folder / 'munge' / 'socket').exists(), 'munged')
    for word in (['slurmctld', '-D'], ['slurmd', '-D', '-c']):
      started.append(_daemon(word, folder, env=environ))
    _until(lambda: 'idle' in _said('sinfo -h -o %T', environ), 'the node')
    yield environ
  finally:
    _said('scancel --state=PENDING,RUNNING --partition=here', environ)
    for daemon in reversed(started):
      _end(daemon)


def _configuration(folder: pathlib.Path) -> str:
  return _CONF.format(
    host=socket.gethostname().partition('.')[0],
    ctld_port=_free_port(),
    d_port=_free_port(),
    munge=folder / 'munge',
    folder=folder,
    cpus=os.cpu_count(),
  )


def _munged(folder: pathlib.Path) -> subprocess.Popen:
  key = folder / 'key'
  key.write_bytes(secrets.token_bytes(128))
  key.chmod(0o400)
  for path in (key, folder):
    shutil.chown(path, 'munge', 'munge')
  folder.chmod(0o755)
  files = {
    name: folder / name
    for name in ('socket', 'key-file', 'pid-file', 'seed-file', 'log-file')
  } | {'key-file': key}
  words = [f'--{name}={path}' for name, path in files.items()]
  return _daemon(
    ['munged', '--foreground', '--force', *words],
    folder.parent,
    user='munge',
    group='munge',
    extra_groups=[],
  )


def _daemon(
  words: list, folder: pathlib.Path, **how: object
) -> subprocess.Popen:
  with (folder / f'{words[0]}.out').open('a') as out:
    return subprocess.Popen(words, stdout=out, stderr=out, **how)


def _end(daemon: subprocess.Popen) -> None:
  daemon.terminate()
  try:
    daemon.wait(30)
  except subprocess.TimeoutExpired:
    daemon.kill()
    daemon.wait()


def _said(words: str, environ: dict[str, str]) -> str:
  done = subprocess.run(
    words.split(), capture_output=True, text=True, env=environ
  )
  return done.stdout


def _until(ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
  end = time.monotonic() + seconds
  while not ready():
    if time.monotonic() > end:
      sys.exit(f'{what} did not come up in {seconds:.0f} s: see the logs')
    time.sleep(0.2)


def _free_port() -> int:
  with socket.socket() as s:
    s.bind(('127.0.0.1', 0))
    return s.getsockname()[1]
