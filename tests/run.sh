#!/usr/bin/env bash
# Runs built test projects one after the other and prints the sum as the last line: "N passed, N failed, N skipped".
#   tests/run.sh CONFIGURATION PROJECT... [-- or the first -OPTION of the xunit runner, with its arguments]
# Fails when a test failed, when a test program died, or when no test ran.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
configuration=$1
shift
projects=()
while [ $# -gt 0 ] && [[ $1 != -* ]]; do projects+=("$1"); shift; done

field() {
    local value
    value=$(sed -nE "s/.*[ ]$1: ([0-9]+).*/\\1/p" <<<"$sum")
    echo "${value:-0}"
}

# A relay of a test lives for seconds: instrumenting its code for a second compilation costs more than it gives.
export DOTNET_TieredPGO=0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0 failed=0 skipped=0
for project in "${projects[@]}"; do
    echo "== $project"
    dotnet "$here/$project/bin/$configuration/net10.0/$project.dll" -noLogo -noColor "$@" 2>&1 </dev/null | tee "$log"
    code=${PIPESTATUS[0]}
    # The runner's own sum: "Total: 12, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 1.234s", or only "Total: 0".
    sum=$(grep -E '^ +[^ ]+  Total: [0-9]+' "$log" | tail -n 1)
    t=$(field Total) e=$(field Errors) f=$(field Failed) s=$(field Skipped)
    if [ -z "$sum" ]; then
        echo "$project ended with exit code $code and no summary"
        t=1 e=1
    elif [ "$code" -ne 0 ] && [ $((e + f)) -eq 0 ]; then
        echo "$project ended with exit code $code"
        t=$((t + 1)) e=1
    fi
    total=$((total + t)) failed=$((failed + f + e)) skipped=$((skipped + s))
done

passed=$((total - failed - skipped))
if [ "$passed" -lt 0 ]; then passed=0; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
