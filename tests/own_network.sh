#!/bin/sh
# tests/own_network.sh [--lan] COMMAND... - runs it in a network namespace of its own, where this machine lets us: then
# tests that use the same ports run side by side. Nothing is in there but loopback; with --lan also an interface with an
# address and a default route that leads nowhere, as Chromium and linphone want one. Else it runs as it is; CMake has
# asked with `own_network.sh --possible`, and lets such tests run one at a time.
inside='ip link set lo up'
if [ "$1" = --lan ]; then
  shift
  inside="$inside && ip link add lan type veth peer name wire && ip address add 192.0.2.1/24 dev lan &&
    ip link set lan up && ip link set wire up && ip route add default via 192.0.2.254"
fi
inside="$inside && exec \"\$@\""
for way in "unshare --net" "unshare --map-root-user --net"; do
  if $way sh -c "$inside" sh true 2>/dev/null; then
    [ "$1" = --possible ] && exit 0
    exec $way sh -c "$inside" sh "$@"
  fi
done
[ "$1" = --possible ] && exit 1
exec "$@"
