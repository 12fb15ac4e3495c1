#!/usr/bin/env bash
# Runs the benchmarks, in a network of their own where we may make one:  tests/bench.sh CONFIGURATION [ARGUMENT...]
# There the loopback has Ethernet's packets of 1,500 octets. Postfix and its tools give each connection a buffer of two of the largest packets, and fill
# it when they take it and when they give it back: with loopback's packets of 64 KiB that is a third of what smtp-source does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$here/Benchmarks/bin/$1/net10.0/Benchmarks.dll
shift
if command -v ip >/dev/null && unshare --net true 2>/dev/null; then
    exec unshare --net bash -c 'ip link set lo mtu 1500 up && exec "$@"' bench dotnet "$program" "$@"
fi
exec dotnet "$program" "$@"
