#!/usr/bin/env bash
# Makes build/venv with the Python packages of tests/requirements.txt, once for each state of that
# file, and prints the path of its python.
set -euo pipefail
cd "$(dirname "$0")/.."

venv="build/venv"
wanted="$(cat tests/requirements.txt tests/*/requirements.txt | sha256sum | cut -c1-64)"
if [ "$(cat "$venv/made-from" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/requirements.txt >&2
  echo "$wanted" > "$venv/made-from"
fi
echo "$PWD/$venv/bin/python"
