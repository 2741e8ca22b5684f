"""Boundaries that evaluation finds in a run's folder, when it fits them."""

import jax.numpy as jnp
import pytest
from tiny_clips import clips_of
import tiny_edits

from facegen_jax import evaluation
from facegen_jax.core.errors import UserError
from facegen_jax.core.state import Net
from facegen_jax.data import datasets
from facegen_jax.data.vocabulary import AUS
from facegen_jax.systems.au_transfer import unit_file


@pytest.fixture
def run(tmp_path):
  """(step, generator's weight) -> the boundaries of the folder's run then."""
  wanted = (AUS.index(6), AUS.index(12))
  clips = clips_of(subjects=4, frames=9, size=8, emotions=wanted)
  data = datasets.Dataset(clips, clips.of(()), {'data': 'tiny'})

  def units_at(step, value=1.0):
    system, state, config = tiny_edits.opened()
    net = Net({'kernel': jnp.full((2,), value)}, {}, None)
    state = state.replace(step=jnp.int32(step), nets={'generator': net})
    return evaluation._units(config, tmp_path, system, state, data)

  units_at.folder = tmp_path
  return units_at


def test_they_are_fitted_once(run):
  first = run(7)
  before = (run.folder / unit_file.NAME).stat().st_mtime_ns
  assert first.step == 7 and run(7).generator == first.generator
  assert (run.folder / unit_file.NAME).stat().st_mtime_ns == before


def test_a_run_that_went_on_has_them_fitted_again(run, caplog):
  run(7)
  again = run(9, value=2.0)
  assert again.step == 9 and 'of step 7, the run is at step 9' in caplog.text


def test_those_of_a_table_are_not_replaced(run):
  found = run(7)
  told = found.provenance | {'labels': 'faces.csv'}
  unit_file.write(run.folder / unit_file.NAME, found._replace(provenance=told))
  with pytest.raises(UserError, match=r'of another generator \(at step 7\)'):
    run(9, value=2.0)


def test_those_of_a_later_step_are_not_replaced(run):
  run(9, value=2.0)
  with pytest.raises(UserError, match=r'of another generator \(at step 9\)'):
    run(7)
