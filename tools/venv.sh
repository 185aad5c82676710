#!/usr/bin/env bash
# Makes build/venv with the Python packages of tests/requirements.txt, once for each state of that
# file, and prints the path of its python. `tools/venv.sh NAME` makes build/venvs/NAME from
# tests/venvs/NAME.txt instead: an engine of its own, for the suites that are not run by default.
set -euo pipefail
cd "$(dirname "$0")/.."

name="${1:-}"
venv="build/venv${name:+s/$name}"
requirements="tests/${name:+venvs/}${name:-requirements}.txt"
if [ -n "$name" ]; then wanted="$(sha256sum < "$requirements" | cut -c1-64)"
else wanted="$(cat tests/requirements.txt tests/*/requirements.txt | sha256sum | cut -c1-64)"; fi
if [ "$(cat "$venv/made-from" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  echo "$wanted" > "$venv/made-from"
fi
echo "$PWD/$venv/bin/python"
