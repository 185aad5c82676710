#!/usr/bin/env bash
# Builds one CMake preset below build/: tools/build.sh release|dev|tsan|fuzz [ninja targets]
# Installs missing packages and fetches the pinned DuckDB first.
set -euo pipefail
cd "$(dirname "$0")/.."

preset="${1:?usage: tools/build.sh PRESET [TARGETS]}"
shift
tools/install-packages.sh build
tools/fetch-duckdb.sh
cmake --preset "$preset" > "build/configure-$preset.log" || { cat "build/configure-$preset.log" >&2; exit 1; }
exec cmake --build --preset "$preset" --target "${@:-all}"
