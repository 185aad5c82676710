#!/bin/sh
# Fetches the pinned DuckDB: header, shared library and the extensions that are not inside the library.
#
#     tools/fetch-duckdb.sh DEST      # default: build/deps/duckdb
#
# Needs npm, go and pip, each through its ordinary client. Every file is checked against its SHA-256;
# when all of DEST is right already, nothing is downloaded. core_functions, parquet, json and icu are
# static in the library; tpch generates data for the demo and the benchmark only.
set -eu

npm_package=@duckdb/node-bindings-linux-x64@1.5.5-r.5
go_module=github.com/duckdb/duckdb-go-bindings@v0.10505.0
extension_version=1.5.5
extensions="avro httpfs iceberg tpch"

here=$(cd "$(dirname "$0")" && pwd)
sums=$here/duckdb.sha256
dest=${1:-$here/../build/deps/duckdb}
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)

is_complete() { (cd "$1" && sha256sum --check --strict --status "$sums" 2>/dev/null); }

if is_complete "$dest"; then exit 0; fi

for tool in npm go python3 sha256sum; do
  command -v "$tool" >/dev/null || { echo "fetch-duckdb: $tool is not installed" >&2; exit 1; }
done

# All downloads go to a folder of their own first: DEST never holds a half-written file.
stage=$(mktemp -d "$dest/.fetch.XXXXXX")
trap 'chmod -R u+w "$stage" 2>/dev/null; rm -rf "$stage"' EXIT
trap 'exit 1' INT TERM
mkdir -p "$stage/include" "$stage/lib" "$stage/ext" "$stage/fetched"

retry() {
  for pause in 2 5 0; do
    if "$@"; then return 0; fi
    sleep "$pause"
  done
  echo "fetch-duckdb: gave up: $*" >&2
  return 1
}

echo "fetch-duckdb: library ($npm_package)" >&2
retry npm pack --silent --pack-destination "$stage/fetched" "$npm_package" >/dev/null
tar -xzf "$stage"/fetched/*.tgz -C "$stage/fetched"
find "$stage/fetched/package" -name libduckdb.so -exec mv {} "$stage/lib/" \;

echo "fetch-duckdb: header ($go_module)" >&2
(cd "$stage/fetched" && GOFLAGS=-modcacherw GOMODCACHE="$stage/fetched/go" retry go mod download "$go_module")
cp "$stage/fetched/go/$go_module/include/duckdb.h" "$stage/include/duckdb.h"

for name in $extensions; do
  echo "fetch-duckdb: extension $name $extension_version" >&2
  retry python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$stage/fetched/wheels" \
    "duckdb-extension-$name==$extension_version"
done
python3 - "$stage" <<'PYTHON'
import pathlib, sys, zipfile
stage = pathlib.Path(sys.argv[1])
for wheel in sorted((stage / "fetched/wheels").glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.endswith(".duckdb_extension"):
                (stage / "ext" / pathlib.PurePosixPath(member).name).write_bytes(archive.read(member))
PYTHON

if ! (cd "$stage" && sha256sum --check --strict --quiet "$sums"); then
  echo "fetch-duckdb: a download differs from its pinned SHA-256" >&2
  exit 1
fi
for folder in include lib ext; do
  rm -rf "${dest:?}/$folder"
  mv "$stage/$folder" "$dest/$folder"
done
