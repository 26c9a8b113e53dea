#!/usr/bin/env bash
# node/packaging/package.sh [BUILD] - on Debian 12: builds what people run and makes the packages of it, for Debian 12 and
# newer and for Ubuntu (.deb) and for other systems (.tar.gz), in build/packages. BUILD: where it is built, else
# build/package. From elsewhere:
#   podman run --rm -v "$PWD:/source" -w /source docker.io/library/debian:12 node/packaging/package.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source .ci/packages.sh
install "${build_packages[@]}" dpkg-dev file
command -v npm >/dev/null || install npm  # fetches what the phone for browsers is made of (node/page/phone)

build=${1:-build/package}
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
cmake --preset release -B "$build" -DHEDGEWITCH_TESTS=OFF -DHEDGEWITCH_BUNDLE=ON >/dev/null
cmake --build "$build" --target hedgewitch -j "$(nproc)" -- --quiet
umask 022  # what is installed may be read by all
mkdir -p build/packages
for kind in DEB TGZ; do
  cpack -G "$kind" --config "$build/CPackConfig.cmake" -B "$build/cpack" >"$build/cpack.log" 2>&1 ||
    { cat "$build/cpack.log" >&2; exit 1; }
done
mv "$build"/cpack/hedgewitch*.deb "$build"/cpack/hedgewitch*.tar.gz build/packages
ls -sh build/packages
