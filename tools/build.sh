#!/usr/bin/env bash
# Builds one CMake preset below build/: tools/build.sh release|dev|tsan|fuzz [ninja targets]
# Installs missing packages first; the configure step fetches the pinned DuckDB.
set -euo pipefail
cd "$(dirname "$0")/.."

preset="${1:?usage: tools/build.sh PRESET [TARGETS]}"
shift
mkdir -p build
tools/install-packages.sh build
cmake --preset "$preset" > "build/configure-$preset.log" || { cat "build/configure-$preset.log" >&2; exit 1; }
exec cmake --build --preset "$preset" --target "${@:-all}"
