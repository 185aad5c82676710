#!/usr/bin/env bash
# Installs with apt what a fresh Debian 12 lacks to build, test and measure Sluice. Needs root.
# Nothing is downloaded, not even a package list, when everything is there already.
set -euo pipefail

build_packages=(
  g++ cmake ninja-build git ca-certificates curl pkg-config ccache mold
  libboost1.81-dev libboost-json1.81-dev libsqlite3-dev libssl-dev libsodium-dev libpcre2-dev libfmt-dev zlib1g-dev
  libcli11-dev libtomlplusplus-dev libexpected-dev protobuf-compiler libprotobuf-dev
  libgtest-dev libgmock-dev
)
test_packages=(
  python3 python3-venv faketime openssl openjdk-17-jdk-headless maven
  clang-16 clang-tidy-16 clang-format-16 libfuzzer-16-dev libclang-rt-16-dev
)
bench_packages=(wrk nginx-light)

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

case "${1:-all}" in
  build) wanted=("${build_packages[@]}") ;;
  all) wanted=("${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}") ;;
  *) echo "usage: tools/install-packages.sh [build|all]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "Missing packages; run as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# policy-rc.d keeps a freshly installed nginx from starting: the benchmark starts its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get install -qq -y --no-install-recommends "${missing[@]}" > /dev/null
