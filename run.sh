#!/usr/bin/env bash
# run.sh - from a fresh Debian 12 machine to a running node: installs, builds, makes an identity and a user on the
# first start, then runs the node. Everything after "--" goes to `hedgewitch run`. Settings: see node/README.md.
#   HEDGEWITCH_USER=alice ./run.sh      the first user's name (default: your login name)
#   HEDGEWITCH_CONFIG=FILE ./run.sh     another configuration file
set -euo pipefail
cd "$(dirname "$0")"
source .ci/packages.sh
can_be_built_here || exit 1
install "${build_packages[@]}"

export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
if [[ ! -f build/release/CMakeCache.txt ]]; then
  cmake --preset release -DHEDGEWITCH_TESTS=OFF >/dev/null || cmake --preset release -DHEDGEWITCH_TESTS=OFF
fi
echo "Building (a few minutes the first time) ..."
cmake --build --preset release --target hedgewitch -j "$(nproc)" -- --quiet

hedgewitch=(build/release/hedgewitch)
[[ -z ${HEDGEWITCH_CONFIG:-} ]] || hedgewitch+=(--config "$HEDGEWITCH_CONFIG")

"${hedgewitch[@]}" init --if-missing
if [[ -z $("${hedgewitch[@]}" user list) ]]; then
  # A login name is a good first guess; what a SIP user name may not hold is dropped.
  user=$(printf %s "${HEDGEWITCH_USER:-$(id -un)}" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9._+-')
  "${hedgewitch[@]}" user add "${user:-phone}"
fi
[[ ${1:-} != -- ]] || shift
command -v hedgewitch >/dev/null ||
  echo "Other commands: $PWD/${hedgewitch[*]} status (\`cmake --install build/release\` as root puts it in the PATH)"
exec "${hedgewitch[@]}" run "$@"
