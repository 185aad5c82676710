#!/usr/bin/env bash
# Everything this project tests; ends with one line `N passed, M failed`. Arguments name suites:
# tools/test.sh tidy system
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
tools/install-packages.sh all
exec "$(tools/venv.sh)" tools/test/run.py "$@"
