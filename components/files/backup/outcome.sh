#!/bin/sh
# Runs a command for another container of the pod, which waits for the file OUTCOME: the command's exit code, then the last
# line that it wrote to stderr. The file takes its name when it is complete.
#
# Usage: outcome.sh OUTCOME COMMAND [ARGUMENT...]
set -eu

[ $# -ge 2 ] || {
    echo "outcome: give a file and a command" >&2
    exit 1
}
outcome=$1
shift
status=0
"$@" 2>"$outcome.errors" || status=$?
cat "$outcome.errors" >&2
{
    echo "$status"
    grep -v '^[[:space:]]*$' "$outcome.errors" | tail -n 1
} >"$outcome.partial"
mv "$outcome.partial" "$outcome"
exit "$status"
