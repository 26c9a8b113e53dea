#!/usr/bin/env bash
# test.sh - installs what is missing, builds with sanitizers, runs every test. `./test.sh quick`: without sanitizers.
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

if [[ ${1:-} == quick ]]; then
  preset=dev
else
  preset=asan
  echo "== ThreadSanitizer: what crosses loops (the daemon, its control socket, the overlay)"
  build tsan hedgewitch node_test overlay_test
  for suite in node_test overlay_test; do
    TSAN_OPTIONS=halt_on_error=1 "build/tsan/tests/$suite" --gtest_brief=1
  done
  echo "== AddressSanitizer and UndefinedBehaviorSanitizer: everything else"
fi
echo "== Unit tests, torture, real phones"
build $preset
# Scenarios mostly wait for each other: more of them than cores.
ctest --preset $preset -j $((2 * jobs)) --progress
