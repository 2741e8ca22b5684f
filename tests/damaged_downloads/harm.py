"""Ways to damage the frames, folders and files of a download.

A damage is a function of a `real.Place`; the functions here are
damages, or make one from what varies.
"""

import contextlib
import errno
import os
import pathlib
import shutil

import pytest

_DENIED = (errno.EACCES, 'Permission denied')

# ---- frames -----------------------------------------------------------------


def frame(data):
  """The second frame holds this; a function makes it from what it held."""

  def damage(at):
    held = at.frame.read_bytes()
    at.frame.write_bytes(data(held) if callable(data) else data)

  return damage


def every_frame(data):
  def damage(at):
    for path in at.frames:
      path.write_bytes(data(path.read_bytes()) if callable(data) else data)

  return damage


def beside(name, data=b''):
  """Another file in the clip; {} = the stem of its second frame."""

  def damage(at):
    path = at.clip / name.format(at.frame.stem)
    _written(path, data or at.frame.read_bytes())

  return damage


def frame_link(target):
  def damage(at):
    path = at.frame
    path.rename(at.root.parent / 'outside.jpg')
    path.symlink_to(at.root.parent / target)

  return damage


def half(data):
  return data[: len(data) // 2]


def frame_gone(at):
  at.frame.unlink()


def frame_a_folder(at):
  path = at.frame
  path.unlink()
  path.mkdir()


def frame_a_pipe(at):
  path = at.frame
  path.unlink()
  os.mkfifo(path)


def frame_locked(at):
  deny(at.monkeypatch, 'read_bytes', at.frame)


# ---- folders and files ------------------------------------------------------


def clip_locked(at):
  deny(at.monkeypatch, 'iterdir', at.clip)


def clip_emptied(at):
  for path in at.frames:
    path.unlink()


def clip_a_file(at):
  shutil.rmtree(at.clip)
  at.clip.write_bytes(b'x')


def clip_elsewhere(at):
  outside = at.root.parent / 'outside'
  at.clip.rename(outside)
  at.clip.symlink_to(outside)


def clip_called(name):
  """{} = the name that it had."""

  def damage(at):
    _renamed(at.clip, at.clip.with_name(name.format(at.clip.name)))

  return damage


def put(path, data=b'x'):
  """A file at a path from the root."""
  return lambda at: _written(at.root / path, data)


def folder(path):
  return lambda at: (at.root / path).mkdir(parents=True)


def gone(path):
  def damage(at):
    place = at.root / path
    shutil.rmtree(place) if place.is_dir() else place.unlink()

  return damage


def moved(source, target):
  return lambda at: _renamed(at.root / source, at.root / target)


def copied(source, target):
  def damage(at):
    (at.root / target).parent.mkdir(parents=True, exist_ok=True)
    here, there = at.root / source, at.root / target
    shutil.copytree(here, there) if here.is_dir() else shutil.copy(here, there)

  return damage


def linked(path, target):
  """A link in the place of what was there."""

  def damage(at):
    outside = at.root.parent / target
    (at.root / path).rename(outside)
    (at.root / path).symlink_to(outside)

  return damage


def deeper(levels):
  """All of it so many folders further down."""

  def damage(at):
    aside = at.root.with_name('aside')
    at.root.rename(aside)
    _renamed(aside, at.root.joinpath(*levels))

  return damage


def locked(path):
  """A folder that may not be listed, or a file that may not be read."""

  def damage(at):
    place = at.root / path
    deny(at.monkeypatch, 'iterdir' if place.is_dir() else 'read_bytes', place)

  return damage


def shut(path):
  """A folder that may not be entered: what it holds cannot be looked at."""

  def damage(at):
    place, stat = at.root / path, pathlib.Path.stat

    def denied(path, **options):
      if place in path.parents:
        raise PermissionError(*_DENIED)
      return stat(path, **options)

    at.monkeypatch.setattr(pathlib.Path, 'stat', denied)

  return damage


def deny(monkeypatch, method, place):
  """As chmod 000 does, which does not bind root."""
  allowed = getattr(pathlib.Path, method)

  def denied(path, *arguments):
    if path == place:
      raise PermissionError(*_DENIED)
    return allowed(path, *arguments)

  monkeypatch.setattr(pathlib.Path, method, denied)


def _written(path, data):
  path.parent.mkdir(parents=True, exist_ok=True)
  with _if_named(path):
    path.write_bytes(data)


def _renamed(source, target):
  target.parent.mkdir(parents=True, exist_ok=True)
  with _if_named(target):
    source.rename(target)


@contextlib.contextmanager
def _if_named(path):
  """Skips the test where the file system refuses names that are not UTF-8."""
  try:
    yield
  except (OSError, UnicodeError):
    if '\udcff' not in path.name:
      raise
    pytest.skip('this file system knows only UTF-8')
