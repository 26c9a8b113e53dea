#!/usr/bin/env bash
# test.sh - installs what is missing, builds, and runs every test: units, small simulations, torture, the fuzzers'
# corpora, real phones. `./test.sh sanitizers` does it under AddressSanitizer, UndefinedBehaviorSanitizer and
# ThreadSanitizer, without the simulations and with the phones that tests/interop/CMakeLists.txt names.
set -euo pipefail
cd "$(dirname "$0")"
source .ci/packages.sh
install "${build_packages[@]}" "${test_packages[@]}"
command -v npm >/dev/null || install npm  # tests/interop/browser.py fetches SIP.js with it, into build/npm

export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1 CTEST_OUTPUT_ON_FAILURE=1
cores=$(nproc)

build() {  # build PRESET [TARGET...]
  local preset=$1; shift
  cmake --preset "$preset" >/dev/null || cmake --preset "$preset"
  cmake --build --preset "$preset" -j "$cores" ${1:+--target "$@"} -- --quiet
}

# run PRESET [CTEST OPTION...]: five jobs a core, for phones wait; what keeps a core busy counts as five. What fails is run
# once more, and both are shown: real phones stand still at times (tests/README.md), and a busy machine is late.
run() {
  ctest --preset "$@" -j $((5 * cores)) --progress --no-tests=error --repeat until-pass:2
}

case ${1:-} in
  "")
    build dev
    run dev
    ;;
  sanitizers)
    install "${sanitizer_packages[@]}"
    echo "== ThreadSanitizer: what crosses loops (a daemon that is called, its control socket, its disk)"
    build tsan hedgewitch
    TSAN_OPTIONS=halt_on_error=1 run tsan -L interop
    echo "== AddressSanitizer and UndefinedBehaviorSanitizer: unit tests, torture, real phones"
    build asan
    run asan
    ;;
  *)
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
    ;;
esac
