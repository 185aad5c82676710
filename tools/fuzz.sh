#!/usr/bin/env bash
# Builds every *_fuzz.cc with clang's libFuzzer and runs each for a while on its corpus:
# tools/fuzz.sh [SECONDS EACH, default 60]. New inputs stay below build/fuzz-corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:-60}"
tools/build.sh fuzz fuzzers
for program in build/fuzz/*_fuzz; do
  name="$(basename "$program" _fuzz)"
  found="build/fuzz-corpus/$name"
  mkdir -p "$found"
  corpora=("$found")
  [ -d "tests/fuzz/corpus/$name" ] && corpora+=("tests/fuzz/corpus/$name")
  echo "fuzzing $name for $seconds s"
  "$program" -max_total_time="$seconds" -artifact_prefix="build/fuzz-corpus/$name-" -rss_limit_mb=2048 \
    -timeout=10 -print_final_stats=1 "${corpora[@]}"
done
