"""Rate and time left of long work on a dataset."""

from facegen_jax.data import progress


def test_progress_shows_rate_and_time_left_of_each_stage(capsys, monkeypatch):
  clock = iter([0.0, 2.0, 4.0, 14.0, 20.0, 25.0])
  monkeypatch.setattr(progress.time, 'monotonic', lambda: next(clock))
  shown = progress.Counted('files')
  for done in (1, 2, 7, 10):
    shown('read', done, 10)
  shown('written', 10, 10)
  assert capsys.readouterr().err == (
    '1/10 files read, 0.50 a second, 0:18 left\n'
    '7/10 files read, 0.50 a second, 0:06 left\n'
    '10/10 files read, 0.50 a second, 0:00 left\n'
    '10/10 files written, 2.00 a second, 0:00 left\n'
  )
