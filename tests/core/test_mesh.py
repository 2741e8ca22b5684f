"""Where arrays lie, and which rows are whose."""

import subprocess
import sys

import jax
import numpy as np
import pytest
from smoke import ROOT, environment

from facegen_jax.core import mesh
from facegen_jax.core.errors import UserError


def shape(*sizes):
  return jax.ShapeDtypeStruct(sizes, np.float32)


class Mesh:
  """Four devices, as far as `places` looks."""

  size = 4


def spec(monkeypatch, x, *, shard=True):
  monkeypatch.setattr(mesh, 'NamedSharding', lambda _, spec: tuple(spec))
  return mesh.places(x, Mesh, shard=shard)


@pytest.mark.parametrize(
  ('sizes', 'wanted'),
  [
    ((64, 128), (None, 'data')),
    ((128, 64), ('data',)),
    ((3, 3, 30, 64), (None, None, None, 'data')),
    ((4096, 30), ('data',)),
    ((2050, 4), (None, 'data')),
    ((63, 1025), ()),  # nothing divides
    ((8, 8), ()),  # small
    ((), ()),
  ],
)
def test_the_largest_axis_that_divides_is_cut(sizes, wanted, monkeypatch):
  assert spec(monkeypatch, shape(*sizes)) == wanted


def test_nothing_is_cut_unless_asked(monkeypatch):
  assert spec(monkeypatch, {'w': shape(64, 64)}, shard=False) == {'w': ()}


def test_one_process_holds_all_rows():
  assert mesh.rows(6, mesh.make()) == [*range(6)]


def test_places_of_each_array():
  one = mesh.make()
  places = {'a': mesh.split(one), 'b': mesh.replicated(one)}
  got = mesh.placed({'a': shape(4), 'b': shape(2)}, places)
  assert {k: x.sharding for k, x in got.items()} == places
  got = mesh.placed({'a': shape(4)}, mesh.one_device())
  assert got['a'].sharding == mesh.one_device()


_CHECK = """
import jax
import numpy as np
from facegen_jax import runs
from facegen_jax.core import mesh

class Noisy:
  def frozen(self):
    return {}

  def generate(self, nets, frozen, given, key):
    noise = jax.random.normal(key, given['x'].shape)
    return nets['w'] * given['x'] + noise + given['time']

class State:
  nets = {'w': np.float32(3)}

x = np.arange(11 * 5, dtype=np.float32).reshape(11, 5)
one = runs.generator(Noisy(), State)(x=x, time=np.int32(7))
all_ = runs.generator(Noisy(), State, over=mesh.make())(
  x=x, time=np.int32(7)
)
np.testing.assert_allclose(one, all_, rtol=1e-6)
placed = jax.device_put(
  np.ones((64, 64)), mesh.places(np.ones((64, 64)), mesh.make(), shard=True)
)
assert {s.data.shape for s in placed.addressable_shards} == {(16, 64)}
print(len(jax.devices()))
"""


def test_generation_over_devices_pads_and_draws_as_on_one():
  done = subprocess.run(
    [sys.executable, '-c', _CHECK],
    cwd=ROOT,
    env=environment(XLA_FLAGS='--xla_force_host_platform_device_count=4'),
    capture_output=True,
    text=True,
  )
  assert done.stdout.strip() == '4', done.stderr


def test_a_process_without_a_device_is_named(monkeypatch):
  class Device:
    platform = 'cpu'

    def __init__(self, process):
      self.process_index = process

  found = [Device(0), Device(0), Device(1), Device(1)]
  monkeypatch.setattr(jax, 'devices', lambda: found)
  with pytest.raises(UserError, match=r'devices=2 leaves process 1 without'):
    mesh.make(2)
