"""How a command starts, and ends: in one line for what a user can mend."""

from collections.abc import Callable, Sequence
import errno
import logging as std_logging
import os
import pathlib
import re
import sys
from typing import NoReturn

from absl import app, flags, logging

from facegen_jax.core import memory
from facegen_jax.core.errors import USER_ERROR, UserError


def start(main: Callable[[Sequence[str]], None]) -> None:
  """Parses flags and runs `main`; a `UserError` is one line and exit code 2."""
  os.environ.setdefault('GRPC_VERBOSITY', 'ERROR')
  memory.keep_freed()
  app.run(lambda argv: _guarded(main, argv), flags_parser=_parse)


def _parse(argv: Sequence[str]) -> list[str]:
  try:
    rest = flags.FLAGS(argv)
  except UserError as e:
    _end(str(e))
  except flags.Error as e:
    _end(f'{_line(e)}; --help lists the flags')
  except (AttributeError, KeyError) as e:  # ml_collections, an unknown field
    _end(f'unknown config field: {_line(e)}')
  except (TypeError, ValueError) as e:
    _end(f'wrong config value: {_line(e)}')
  if len(rest) > 1:
    _end(f'unknown words {rest[1:]}: flags are written --name=value')
  return rest


def _guarded(main: Callable, argv: Sequence[str]) -> None:
  logging.use_absl_handler()
  logging.set_verbosity(logging.INFO)
  # Orbax and TFDS tell of each of their steps through absl itself.
  logging.get_absl_handler().addFilter(
    lambda row: row.levelno >= std_logging.ERROR or _is_ours(row.pathname)
  )
  try:
    main(argv)
  except UserError as e:
    _end(str(e))
  except OSError as e:
    if e.errno not in (errno.ENOSPC, errno.EDQUOT):
      raise
    _end(
      f'no space left on the disk of {e.filename or "the workdir"}: free some '
      'and run the same command again'
    )


def _is_ours(path: str) -> bool:
  return 'facegen' in path or pathlib.PurePath(path).parent.name == 'launch'


def _line(e: Exception) -> str:
  """One line of an error whose text may hold a whole traceback."""
  lines = [line.strip() for line in str(e).splitlines() if line.strip()]
  errors = [line for line in lines if re.match(r'\w+(Error|Exception): ', line)]
  return errors[-1].partition(': ')[2] if errors else ' '.join(lines)


def _end(message: str) -> NoReturn:
  print(f'facegen_jax: {message}', file=sys.stderr)
  sys.exit(USER_ERROR)
