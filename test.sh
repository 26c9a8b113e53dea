#!/usr/bin/env bash
# test.sh - installs what is missing, builds, runs every test. `./test.sh quick` does without sanitizers.
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
  build dev
  exec ctest --preset dev -j "$jobs" --progress
fi

echo "== Every scenario in virtual time, small (the sanitizers would keep them busy for an hour)"
build dev simulations_test
ctest --preset dev -j "$jobs" --progress -L simulations --no-tests=error

echo "== ThreadSanitizer: what crosses loops (a daemon that is called, and its control socket)"
build tsan hedgewitch
for scenario in "two_nodes.py baresip_directly" "restart.py kill_9_during_registrations" \
                "tls.py two_nodes_over_pinned_tls" "two_homes.py upnp_alone"; do
  # 77: what this machine cannot do
  HEDGEWITCH=build/tsan/hedgewitch TSAN_OPTIONS=halt_on_error=1 \
    tests/own_network.sh python3 -B tests/interop/$scenario || [[ $? -eq 77 ]]
done

echo "== AddressSanitizer and UndefinedBehaviorSanitizer: unit tests, torture, real phones"
build asan
ctest --preset asan -j "$jobs" --progress
