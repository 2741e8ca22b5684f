"""Ways to damage the workbook of a download; see `damage`."""

import io
import zipfile

import openpyxl
import tiny_downloads as tiny


def holds(data):
  """The workbook holds this; a function makes it from what it held."""

  def damage(at):
    held = at.book.read_bytes()
    at.book.write_bytes(data(held) if callable(data) else data)

  return damage


def called(name):
  return lambda at: at.book.rename(at.book.with_name(name))


def gone(at):
  at.book.unlink()


def rows(change):
  """`change` makes the rows below and with the header, lists, from these."""

  def damage(at):
    path, sheet = at.book, openpyxl.load_workbook(at.book).active
    old = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next(k for k, row in enumerate(old) if 'Filename' in row)
    tiny.workbook(path, [*old[:start], *change(old[start:])])

  return damage


def cell(column, value):
  """Of the row of clip A."""

  def change(table):
    table[1][table[0].index(column)] = value
    return table

  return rows(change)


def header(column, name):
  def change(table):
    table[0][table[0].index(column)] = name
    return table

  return rows(change)


def broken_inside(data):
  """A workbook whose styles cannot be: openpyxl tells it in three lines."""
  stream = io.BytesIO()
  with (
    zipfile.ZipFile(io.BytesIO(data)) as old,
    zipfile.ZipFile(stream, 'w') as new,
  ):
    for name in old.namelist():
      text = old.read(name).replace(b'fontId="0"', b'fontId="x"')
      new.writestr(name, text)
  return stream.getvalue()
