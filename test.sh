#!/usr/bin/env bash
# test.sh - installs what is missing, builds, runs every test. `./test.sh quick` leaves the sanitizer builds out.
set -euo pipefail
cd "$(dirname "$0")"
source .ci/packages.sh
install "${build_packages[@]}" "${test_packages[@]}"
command -v npm >/dev/null || install npm  # tests/interop/browser.py fetches SIP.js with it, into build/npm

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
  ctest --preset asan -j "$jobs" --progress
  echo "== ThreadSanitizer: what crosses loops (the daemon, its control socket, the overlay)"
  build tsan hedgewitch node_test overlay_test
  for suite in node_test overlay_test; do
    TSAN_OPTIONS=halt_on_error=1 "build/tsan/tests/$suite" --gtest_brief=1
  done
fi

echo "== Everything: unit tests, torture, real phones"
build dev
ctest --preset dev -j "$jobs" --progress
