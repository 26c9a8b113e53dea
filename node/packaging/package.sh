#!/usr/bin/env bash
# node/packaging/package.sh [BUILD] - on Debian 12: builds what people run and makes the packages of it, for Debian 12 and
# newer and for Ubuntu (.deb) and for other systems (.tar.gz), in BUILD, else in build/package. From elsewhere:
#   podman run --rm -v "$PWD:/source" -w /source docker.io/library/debian:12 node/packaging/package.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source .ci/packages.sh
install "${build_packages[@]}" dpkg-dev

build=${1:-build/package}
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
cmake --preset release -B "$build" -DHEDGEWITCH_TESTS=OFF -DHEDGEWITCH_BUNDLE=ON >/dev/null
cmake --build "$build" --target hedgewitch -j "$(nproc)" -- --quiet
# What is under .../share/doc and the like may be read by all, whatever the builder's umask.
umask 022
for kind in DEB TGZ; do
  (cd "$build" && cpack -G "$kind" -B "$PWD" >cpack.log 2>&1) || { cat "$build/cpack.log" >&2; exit 1; }
done
ls -sh "$build"/hedgewitch*.deb "$build"/hedgewitch*.tar.gz
