#!/usr/bin/env bash
# Installs what is missing, builds, starts a server on a folder of its own, plays the story of
# tools/demo/story.py through the real HTTP API, and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
tools/build.sh release sluice
exec "$(tools/venv.sh)" tools/demo/story.py
