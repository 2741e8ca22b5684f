"""A folder that changed after it was written is named."""

import hashlib

from facegen_jax.core import digests


def written(folder):
  (folder / 'a').mkdir()
  (folder / 'a' / 'x').write_bytes(b'1' * 5000)
  (folder / 'y').write_bytes(b'')
  digests.write(folder)
  return folder


def test_a_file_has_its_sha256(tmp_path):
  path = written(tmp_path) / 'a' / 'x'
  assert digests.digest(path) == hashlib.sha256(b'1' * 5000).hexdigest()


def test_what_was_written_is_whole_and_so_it_is_twice(tmp_path):
  folder = written(tmp_path)
  assert digests.fault(folder) == ''
  digests.write(folder)
  assert digests.fault(folder) == ''
  assert digests.written(folder)


def test_what_changed_is_named(tmp_path):
  folder = written(tmp_path)
  (folder / 'a' / 'x').write_bytes(b'1' * 4999 + b'0')
  assert '/a/x does not fit' in digests.fault(folder)
  (folder / 'a' / 'x').unlink()
  assert '/a/x is missing' in digests.fault(folder)


def test_another_format_and_none(tmp_path):
  folder = written(tmp_path)
  (folder / digests.FILE).write_text('{"format": 2, "files": {}}')
  assert 'is of format 2' in digests.fault(folder)
  for text in ('{', '[]', '{"format": 1}', '{"format": 1, "files": 3}'):
    (folder / digests.FILE).write_text(text)
    assert 'cannot be read' in digests.fault(folder), text
  (folder / digests.FILE).unlink()
  assert not digests.written(folder)
