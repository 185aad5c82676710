#!/usr/bin/env bash
# Checks the format of every C++ file; with --write, puts it right.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  --write) mode=(-i) ;;
  "") mode=(--dry-run --Werror) ;;
  *) echo "usage: tools/format.sh [--write]" >&2; exit 2 ;;
esac
git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' |
  xargs -0 -n 40 -P 2 clang-format-16 "${mode[@]}"
