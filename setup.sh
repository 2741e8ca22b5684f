#!/bin/sh
# Makes .venv and installs the project into it; does nothing when up to date.
# With uv where there is one, else venv and pip, on the newest fitting Python.
set -eu
cd "$(dirname "$0")"
venv=${VENV:-.venv}
stamp=$venv/.installed
if [ -f "$stamp" ] && [ "$stamp" -nt pyproject.toml ] &&
  [ "$stamp" -nt constraints.txt ]; then
  exit 0
fi

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
if [ ! -x "$venv/bin/python" ]; then
  if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python '>=3.11,<3.14' "$venv"
  else
    python=
    for name in python3.13 python3.12 python3.11 python3 python; do
      if "$name" -c "$fits" >/dev/null 2>&1; then
        python=$name
        break
      fi
    done
    if [ -z "$python" ]; then
      echo 'setup: no Python 3.11, 3.12 or 3.13 found: install one' >&2
      exit 2
    fi
    "$python" -m venv "$venv"
  fi
fi

echo "setup: installing into $venv" >&2
if command -v uv >/dev/null 2>&1; then
  uv pip install --quiet --python "$venv/bin/python" \
    --constraint constraints.txt --editable '.[test]'
else
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable '.[test]'
fi

# MediaPipe links them even when it computes on the CPU.
missing=$("$venv/bin/python" - <<'PY'
import ctypes.util
print(*(n for n in ('EGL', 'GLESv2') if not ctypes.util.find_library(n)))
PY
)
if [ -n "$missing" ]; then
  echo "setup: system libraries missing: $missing. Face detection needs them:" \
    'apt-get install libegl1 libgles2 (Debian, Ubuntu)' >&2
fi
touch "$stamp"
