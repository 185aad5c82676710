#!/usr/bin/env bash
# Builds the release and measures it: prints the table of docs/benchmarks.md and writes
# build/bench/results.json. Arguments name measurements: tools/bench.sh "select 1" inserts
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
tools/install-packages.sh all
tools/build.sh release sluice
exec "$(tools/venv.sh)" tools/bench/run.py "$@"
