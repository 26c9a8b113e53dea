# .ci/packages.sh - the Debian 12 packages that run.sh and test.sh install when they are missing. Sourced, not run.

build_packages=(
  g++ cmake ninja-build ccache pkg-config git ca-certificates
  libopendht-dev libmsgpack-cxx-dev libgnutls28-dev nettle-dev libgmp-dev libwslay-dev libargon2-dev libasio-dev libsodium-dev
  libunbound-dev libsqlitecpp-dev libsqlite3-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev nlohmann-json3-dev
  libexpected-dev libqrencode-dev libpng-dev libidn2-dev libunistring-dev libevent-dev libnatpmp-dev libminiupnpc-dev libmnl-dev
  libmicrohttpd-dev libzbar-dev libdbus-1-dev libturbojpeg0-dev
)
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev python3-minimal libpython3-stdlib
  baresip-core linphone-cli kamailio openssl sip-tester sipsak dhtnode nsd unbound dns-root-data ldnsutils faketime iproute2
  chromium nftables miniupnpd-nftables mold dpkg-dev file
)
sanitizer_packages=(clang-14 libclang-rt-14-dev)
lint_packages=(clang-format-14)

# can_be_built_here: whether this system has OpenDHT to build with; else says what to do instead.
can_be_built_here() {
  local name
  name=$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-}") || true
  if command -v apt-cache >/dev/null; then
    dpkg-query -W libopendht-dev >/dev/null 2>&1 && return 0
    [[ -n $(apt-cache search --names-only '^g[+][+]$') ]] || { [[ $(id -u) -eq 0 ]] && apt-get update -qq; } || sudo apt-get update -qq
    [[ -z $(apt-cache search --names-only '^libopendht-dev$') ]] || return 0
  fi
  cat >&2 <<END
${name:-This system} has no libopendht-dev, and without it Hedgewitch cannot be built here. A package made on Debian 12 runs
here all the same, and brings what is missing. Make it in a container of Debian 12:
  podman run --rm -v "$PWD:/source" -w /source docker.io/library/debian:12 node/packaging/package.sh
(or docker; or that script on any Debian 12), and then
  sudo apt install ./build/packages/hedgewitch_*.deb      (Debian 13 and newer, Ubuntu 24.04 and newer)
  tar xf build/packages/hedgewitch-*.tar.gz               (elsewhere: its bin/hedgewitch runs where it lies)
END
  return 1
}

# install PACKAGE...: apt-get for those that dpkg does not know as installed; root, or sudo.
install() {
  local missing=() package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) == "install ok installed" ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || { echo "These packages are missing, and there is no sudo to install them: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  # No service may start by itself on the tester's machine (nsd, unbound): policy-rc.d says no while we install.
  local policy=/usr/sbin/policy-rc.d made=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null && "${as_root[@]}" chmod 755 $policy && made=yes
  fi
  local code=0
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/tmp/hedgewitch-apt.$$.log 2>&1 || code=$?
  [[ -z $made ]] || "${as_root[@]}" rm -f $policy
  if [[ $code -ne 0 ]]; then tail -20 /tmp/hedgewitch-apt.$$.log >&2; fi
  rm -f /tmp/hedgewitch-apt.$$.log
  return $code
}
