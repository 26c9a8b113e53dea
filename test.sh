#!/usr/bin/env bash
# test.sh - installs what is missing, builds, runs every test. `./test.sh quick` leaves the sanitizer builds out.
set -euo pipefail
cd "$(dirname "$0")"
source .ci/packages.sh
install "${build_packages[@]}" "${test_packages[@]}"

export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1 CTEST_OUTPUT_ON_FAILURE=1
jobs=$(nproc)

build() {  # build PRESET [TARGET...]
  local preset=$1; shift
  cmake --preset "$preset" >/dev/null || cmake --preset "$preset"
  cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"} -- --quiet
}

if [[ ${1:-} != quick ]]; then
  echo "== AddressSanitizer and UndefinedBehaviorSanitizer: unit tests"
  build asan
  ctest --preset asan -j "$jobs"
  echo "== ThreadSanitizer: what crosses loops"
  build tsan
  ctest --preset tsan -j "$jobs"
fi

echo "== Everything: unit tests, torture, real phones"
build dev
ctest --preset dev -j "$jobs"
