import io

from facegen_jax.core import clock


def test_durations():
  assert [clock.duration(s) for s in (5, 75, 3700)] == [
    '0:05',
    '1:15',
    '1:01:40',
  ]


def test_figures(monkeypatch):
  now = [100.0]
  monkeypatch.setattr(clock.time, 'monotonic', lambda: now[0])
  c = clock.Clock(done=10, total=50)
  with c.waiting():
    now[0] += 1
  now[0] += 3
  figures = c.tick(20)
  assert figures['steps_per_second'] == 10 / 4
  assert figures['data_wait_share'] == 0.25
  assert figures['eta_seconds'] == 4 / 10 * 30
  now[0] += 2
  assert c.tick(21)['data_wait_share'] == 0.0


def test_lines_into_a_file():
  out = io.StringIO()
  progress = clock.Progress(out)
  progress.show('one')
  progress.show('two')
  progress.close()
  assert out.getvalue() == 'one\ntwo\n'


def test_one_line_at_a_terminal():
  out = io.StringIO()
  out.isatty = lambda: True
  progress = clock.Progress(out)
  progress.show('one')
  progress.show('two')
  progress.close()
  assert out.getvalue().count('\n') == 1
