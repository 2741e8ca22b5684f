"""Streams of frames: timing, sound, colours, damaged files, full disks."""

from fractions import Fraction
import itertools
import os
import struct
import types

import av
import numpy as np
import pytest

from facegen_jax.core.errors import UserError
from facegen_jax.data import video

COLOURS = [
  (255, 0, 0),
  (0, 255, 0),
  (0, 0, 255),
  (200, 100, 50),
  (128, 128, 128),
  (10, 200, 200),
]


def _picture(number, height=48, width=64):
  picture = np.empty((height, width, 3), np.uint8)
  picture[...] = COLOURS[number % len(COLOURS)]
  return picture


def _write(path, count=12, rate=25, height=48, width=64, **kwargs):
  with video.Writer(
    path, rate=rate, width=width, height=height, **kwargs
  ) as out:
    for number in range(count):
      out.write(_picture(number, height, width))
  return path


def _with_sound(path, seconds=2, codec='aac', rate=25):
  """A clip with a tone, written by PyAV alone."""
  with av.open(str(path), 'w') as out:
    pictures = out.add_stream('libx264', rate=rate)
    pictures.width, pictures.height, pictures.pix_fmt = 64, 48, 'yuv420p'
    sound = out.add_stream(codec, rate=16000)
    sound.layout = 'mono'
    for number in range(seconds * rate):
      frame = av.VideoFrame.from_ndarray(_picture(number), format='rgb24')
      out.mux(pictures.encode(frame))
    out.mux(pictures.encode())
    time = np.arange(seconds * 16000) / 16000
    tone = np.sin(2 * np.pi * 440 * time).astype(np.float32)[None]
    for start in range(0, tone.shape[1], 1024):
      piece = np.ascontiguousarray(tone[:, start : start + 1024])
      frame = av.AudioFrame.from_ndarray(piece, format='fltp', layout='mono')
      frame.sample_rate, frame.pts = 16000, start
      out.mux(sound.encode(frame))
    out.mux(sound.encode())
  return path


def _packets(path):
  with av.open(str(path)) as source:
    return [
      (bytes(p), p.pts * p.time_base, p.dts * p.time_base)
      for p in source.demux(audio=0)
      if p.dts is not None
    ]


def test_written_frames_come_back(tmp_path):
  path = _write(tmp_path / 'a.mp4')
  shots = list(video.read(path))
  assert len(shots) == 12
  for number, shot in enumerate(shots):
    assert shot.dtype == np.uint8 and shot.shape == (48, 64, 3)
    np.testing.assert_allclose(
      shot.reshape(-1, 3), _picture(number).reshape(-1, 3), atol=4
    )


def test_colours_are_tagged(tmp_path):
  with av.open(str(_write(tmp_path / 'a.mp4'))) as container:
    context = container.streams.video[0].codec_context
    assert (context.color_primaries, context.color_trc) == (1, 1)
    assert (context.colorspace, context.color_range) == (1, 1)


def test_probe(tmp_path):
  info = video.probe(_write(tmp_path / 'a.mp4', rate=Fraction(30000, 1001)))
  assert (info.width, info.height, info.frames) == (64, 48, 12)
  assert info.fps == Fraction(30000, 1001)
  assert info.duration == pytest.approx(12 * 1001 / 30000, abs=1e-4)
  assert not info.has_audio


@pytest.mark.parametrize('suffix', ['.mp4', '.mov', '.mkv'])
def test_variable_frame_rate_keeps_its_timing(tmp_path, suffix):
  ticks, clock = [5, 7, 8, 20, 21, 22, 40, 43], Fraction(1, 10)
  source, copy = tmp_path / f'a{suffix}', tmp_path / f'b{suffix}'
  with video.Writer(source, rate=10, width=64, height=48, time_base=clock) as w:
    for number, tick in enumerate(ticks):
      w.write(_picture(number), tick, clock)
  with video.Writer(copy, rate=10, width=64, height=48) as writer:
    for frame in video.frames(source):
      writer.write(frame.picture, frame.pts, frame.time_base)
  times = [frame.pts * frame.time_base for frame in video.frames(copy)]
  assert times == [tick * clock for tick in ticks]
  assert video.probe(copy).duration == pytest.approx(
    video.probe(source).duration, abs=2e-3
  )


def test_timestamps_that_stand_still_move_on(tmp_path):
  path = tmp_path / 'a.mp4'
  clock = Fraction(1, 100)
  with video.Writer(path, rate=25, width=64, height=48, time_base=clock) as w:
    for number, tick in enumerate([0, 4, 4, 3, 12]):
      w.write(_picture(number), tick, clock)
  times = [frame.pts * frame.time_base for frame in video.frames(path)]
  assert times == [clock * tick for tick in (0, 4, 5, 6, 12)]


def test_sound_is_copied_unchanged(tmp_path):
  source = _with_sound(tmp_path / 'a.mp4')
  info = video.probe(source)
  assert info.has_audio
  copy = tmp_path / 'b.mp4'
  with video.Writer(
    copy, rate=info.fps, width=64, height=48, audio_from=source
  ) as writer:
    for frame in video.frames(source):
      writer.write(255 - frame.picture, frame.pts, frame.time_base)
  assert video.probe(copy) == info
  assert _packets(copy) == _packets(source)
  times = [
    [frame.pts * frame.time_base for frame in video.frames(path)]
    for path in (source, copy)
  ]
  assert times[0] == times[1]


def test_sound_lies_between_the_pictures(tmp_path):
  # A player, and our own memory, want both tracks side by side in the file.
  source = _with_sound(tmp_path / 'a.mp4', seconds=8)
  copy = tmp_path / 'b.mp4'
  with video.Writer(
    copy, rate=25, width=64, height=48, audio_from=source
  ) as writer:
    for frame in video.frames(source):
      writer.write(frame.picture, frame.pts, frame.time_base)
  with av.open(str(copy)) as container:
    order = [
      (p.pos, p.stream.type, float(p.dts * p.time_base))
      for p in container.demux()
      if p.dts is not None
    ]
  heard = seen = 0.0
  for _, kind, time in sorted(order):
    heard, seen = (time, seen) if kind == 'audio' else (heard, time)
    assert abs(heard - seen) < 2.5


def test_no_sound_to_copy_is_fine(tmp_path):
  source = _write(tmp_path / 'a.mp4')
  _write(tmp_path / 'b.mp4', audio_from=source)
  assert not video.probe(tmp_path / 'b.mp4').has_audio


def test_sound_that_does_not_fit_is_named(tmp_path):
  source = _with_sound(tmp_path / 'a.mkv', codec='pcm_u8')
  with pytest.raises(UserError, match=r'a\.mkv: its pcm_u8 sound .*\.mkv'):
    _write(tmp_path / 'b.mp4', audio_from=source)
  assert sorted(p.name for p in tmp_path.iterdir()) == ['a.mkv']
  _write(tmp_path / 'b.mkv', audio_from=source)
  assert video.probe(tmp_path / 'b.mkv').has_audio


def test_odd_sizes_repeat_the_last_row_and_column(tmp_path):
  path = _write(tmp_path / 'a.mp4', count=3, height=33, width=35)
  shot = next(video.read(path))
  assert shot.shape == (34, 36, 3)
  np.testing.assert_allclose(shot[-1, -1], COLOURS[0], atol=4)


def test_mpeg4_where_x264_is_missing(tmp_path, monkeypatch):
  from facegen_jax.data import encode

  monkeypatch.setattr(encode, '_has_encoder', lambda name: False)
  path, clock = tmp_path / 'a.mp4', Fraction(1, 90000)
  with video.Writer(path, rate=25, width=64, height=48, time_base=clock) as w:
    for number, tick in enumerate((0, 3600, 9000, 12600)):
      w.write(_picture(number), tick, clock)
  with av.open(str(path)) as container:
    assert container.streams.video[0].codec_context.name == 'mpeg4'
  times = [float(f.pts * f.time_base) for f in video.frames(path)]
  assert times == pytest.approx([0, 0.04, 0.1, 0.14], abs=1e-4)


def _rotate(path, a, b, c, d):
  """Writes a display matrix into the header of every track."""
  content = bytearray(path.read_bytes())
  at = content.index(b'tkhd') + 4 + 40
  assert struct.unpack('>9i', content[at : at + 36])[0] == 0x10000
  matrix = [a, b, 0, c, d, 0, 0, 0, 0x4000]
  content[at : at + 36] = struct.pack('>9i', *(v * 0x10000 for v in matrix))
  path.write_bytes(content)


def test_rotated_footage_is_turned_upright(tmp_path):
  path = tmp_path / 'a.mp4'
  picture = _picture(4)
  picture[:24, :32] = (255, 0, 0)  # a red top left corner
  with video.Writer(path, rate=25, width=64, height=48) as writer:
    for _ in range(3):
      writer.write(picture)
  _rotate(path, 0, 1, -1, 0)  # a phone held upright: clockwise by 90 degrees
  info = video.probe(path)
  assert (info.width, info.height) == (48, 64)
  for shot in video.read(path):
    np.testing.assert_allclose(shot.astype(int), np.rot90(picture, -1), atol=60)
    assert shot[5, -5, 0] > 240 and shot[5, 5, 0] < 140


@pytest.mark.parametrize(
  ('codec', 'pixels', 'suffix'),
  [
    ('ffv1', 'gray', '.mkv'),
    ('ffv1', 'yuva420p', '.mkv'),
    ('ffv1', 'yuv420p10le', '.mkv'),
    ('ffv1', 'gray16le', '.mkv'),
    ('rawvideo', 'yuv422p', '.avi'),
    ('gif', 'rgb8', '.gif'),
  ],
)
def test_any_pixel_format_becomes_rgb(tmp_path, codec, pixels, suffix):
  path = tmp_path / f'a{suffix}'
  with av.open(str(path), 'w') as out:
    stream = out.add_stream(codec, rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
    for _ in range(4):
      frame = av.VideoFrame.from_ndarray(_picture(4), format='rgb24')
      out.mux(stream.encode(frame.reformat(format=pixels)))
    out.mux(stream.encode())
  shots = list(video.read(path))
  assert len(shots) == 4
  assert shots[0].dtype == np.uint8 and shots[0].shape == (48, 64, 3)
  # GIF's palette scatters; the mean does not.
  assert abs(shots[0].mean() - 128) < 12


def test_missing_empty_and_garbage_files_are_named(tmp_path):
  (tmp_path / 'zero.mp4').write_bytes(b'')
  noise = np.random.default_rng(0).bytes(20000)
  (tmp_path / 'noise.mp4').write_bytes(noise)
  (tmp_path / 'text.mp4').write_text('no video\n' * 50)
  for name, reason in [
    ('none.mp4', 'no such video'),
    ('zero.mp4', 'empty'),
    ('noise.mp4', 'not a readable video'),
    ('text.mp4', 'not a readable video'),
    ('.', 'no such video'),
  ]:
    for use in (video.probe, video.check, lambda path: list(video.read(path))):
      with pytest.raises(UserError, match=reason) as error:
        use(tmp_path / name)
      assert str(tmp_path / name) in str(error.value)
      assert '\n' not in str(error.value)


def test_a_playlist_in_disguise_is_not_followed(tmp_path):
  _write(tmp_path / 'secret.ts.mp4')
  (tmp_path / 'a.mp4').write_text(
    '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.ts.mp4\n'
    '#EXT-X-ENDLIST\n'
  )
  with pytest.raises(UserError):
    video.probe(tmp_path / 'a.mp4')


def test_sound_alone_is_no_video(tmp_path):
  path = tmp_path / 'a.mp4'
  with av.open(str(path), 'w') as out:
    sound = out.add_stream('aac', rate=16000)
    sound.layout = 'mono'
    frame = av.AudioFrame.from_ndarray(
      np.zeros((1, 1024), np.float32), format='fltp', layout='mono'
    )
    frame.sample_rate = 16000
    out.mux(sound.encode(frame))
    out.mux(sound.encode())
  with pytest.raises(UserError, match='no video stream'):
    list(video.read(path))


def _noisy(path, count=60):
  draws = np.random.default_rng(0)
  with video.Writer(path, rate=25, width=64, height=48) as writer:
    for _ in range(count):
      writer.write(draws.integers(0, 256, (48, 64, 3), np.uint8))
  return path


def test_cut_mp4_without_its_index_is_refused(tmp_path):
  whole = _noisy(tmp_path / 'a.mp4').read_bytes()
  path = tmp_path / 'cut.mp4'
  path.write_bytes(whole[: len(whole) // 2])
  with pytest.raises(UserError, match=r'cut\.mp4: not a readable video'):
    video.check(path)


@pytest.mark.parametrize('suffix', ['.mp4', '.mkv', '.avi'])
def test_cut_files_are_refused_unless_asked_for(tmp_path, suffix):
  path = tmp_path / f'cut{suffix}'
  options = {'movflags': 'faststart'} if suffix == '.mp4' else {}
  draws = np.random.default_rng(0)
  with av.open(str(path), 'w', container_options=options) as out:
    stream = out.add_stream('mpeg4', rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
    for _ in range(60):
      noise = draws.integers(0, 256, (48, 64, 3), np.uint8)
      out.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format='rgb24')))
    out.mux(stream.encode())
  assert video.check(path) == 60
  assert video.probe(path).fps == 25
  content = path.read_bytes()
  path.write_bytes(content[: len(content) * 6 // 10])
  with pytest.raises(UserError, match=r'cut short|decoded after'):
    video.check(path)
  with pytest.raises(UserError, match=r'cut short|decoded after'):
    list(video.read(path))
  assert 20 <= len(list(video.read(path, partial=True))) <= 40


def test_a_rate_of_one_frame_a_tick_is_not_believed():
  # So Matroska says of some stream copies.
  stream = types.SimpleNamespace(average_rate=6400, guessed_rate=25)
  assert video._rate(stream) == 25
  stream = types.SimpleNamespace(average_rate=None, guessed_rate=None)
  assert video._rate(stream) > 0


def test_frames_is_lazy_and_can_be_left(tmp_path):
  path = _write(tmp_path / 'a.mp4')
  assert len(list(itertools.islice(video.frames(path), 2))) == 2
  path.unlink()


@pytest.mark.parametrize('name', ['a.avi', 'a', 'no/a.mp4'])
def test_bad_targets_are_refused_at_once(tmp_path, name):
  with pytest.raises(UserError, match=name):
    video.Writer(tmp_path / name, rate=25, width=64, height=48)
  assert not list(tmp_path.iterdir())


def test_a_wrong_picture_is_refused(tmp_path):
  with (
    pytest.raises(ValueError, match='wants uint8'),
    video.Writer(tmp_path / 'a.mp4', rate=25, width=64, height=48) as writer,
  ):
    writer.write(_picture(0)[1:])
  assert not list(tmp_path.iterdir())


def test_nothing_half_written_is_left(tmp_path):
  path = _write(tmp_path / 'a.mp4')
  before = path.read_bytes()
  with (
    pytest.raises(RuntimeError, match='mine'),
    video.Writer(path, rate=25, width=64, height=48) as writer,
  ):
    writer.write(_picture(0))
    assert path.read_bytes() == before
    raise RuntimeError('mine')
  assert list(tmp_path.iterdir()) == [path]
  assert path.read_bytes() == before


def test_no_frame_is_an_error(tmp_path):
  with pytest.raises(UserError, match='no frame was written'):
    _write(tmp_path / 'a.mp4', count=0)
  assert not list(tmp_path.iterdir())


@pytest.mark.skipif(
  not os.path.exists('/dev/full'), reason='the system has no /dev/full'
)
def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
  from facegen_jax.data import encode

  part = tmp_path / 'part'

  def full(**kwargs):
    part.write_bytes(b'')
    return os.open('/dev/full', os.O_RDWR), str(part)

  monkeypatch.setattr(encode.tempfile, 'mkstemp', full)
  with pytest.raises(UserError, match=r'a\.mp4: .*No space left'):
    _write(tmp_path / 'a.mp4')
  assert not list(tmp_path.iterdir())


def test_batched():
  assert list(video.batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
  assert list(video.batched([], 2)) == []
  with pytest.raises(ValueError, match='positive'):
    next(video.batched([1], 0))


def _growing(path):
  """An AVI whose third picture is larger than the others."""
  with av.open(str(path), 'w') as container:
    stream = container.add_stream('mjpeg', rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuvj420p'
    for number, size in enumerate([(64, 48), (64, 48), (96, 80)]):
      encoder = av.CodecContext.create('mjpeg', 'w')
      encoder.width, encoder.height = size
      encoder.pix_fmt, encoder.time_base = 'yuvj420p', Fraction(1, 10)
      picture = np.full((*size[::-1], 3), 40 * number, np.uint8)
      frame = av.VideoFrame.from_ndarray(picture, format='rgb24')
      frame.pts, frame.time_base = number, Fraction(1, 10)
      for packet in encoder.encode(frame) + encoder.encode(None):
        packet.stream = stream
        container.mux(packet)
  return path


def test_a_change_of_size_is_told_by_reading_and_by_checking(tmp_path):
  path = _growing(tmp_path / 'a.avi')
  message = r'a\.avi: the picture changes from 64x48 to 96x80 at frame 3'
  with pytest.raises(UserError, match=message):
    list(video.frames(path))
  with pytest.raises(UserError, match=message):
    video.check(path)
