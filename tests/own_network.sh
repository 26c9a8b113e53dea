#!/bin/sh
# tests/own_network.sh COMMAND... - runs it in a network namespace of its own, with nothing but loopback in it, where
# this machine lets us: then tests that use the same ports run side by side. Else as it is; CMake has asked with
# `own_network.sh --possible`, and lets such tests run one at a time.
inside='ip link set lo up && exec "$@"'
for way in "unshare --net" "unshare --map-root-user --net"; do
  if $way sh -c "$inside" sh true 2>/dev/null; then
    [ "$1" = --possible ] && exit 0
    exec $way sh -c "$inside" sh "$@"
  fi
done
[ "$1" = --possible ] && exit 1
exec "$@"
