#!/usr/bin/env bash
# Builds and starts a server on build/run (kept between runs) and says how to talk to it.
# tools/run.sh [HOST:PORT], default 127.0.0.1:8080. Ctrl-C stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

listen="${1:-127.0.0.1:8080}"
data="build/run"
mkdir -p build
tools/build.sh release sluice
cat <<EOT
Server:       http://$listen   (health: /healthz, /readyz, /metrics)
Credentials:  $data/credentials.toml, made by the first start
In another terminal:
    build/release/sluice sql "SELECT 1 AS one" --data $data
EOT
exec build/release/sluice serve --data "$data" --listen "$listen"
