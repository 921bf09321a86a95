#!/bin/bash
# Stores everything that the platform's database keeps encrypted under FORAIL_SECRET_KEY, where it is still stored under a
# former key. What was done before is found done.
#
# Usage: reencrypt.sh [--ask]
#   --ask    only print the name of the variable whose key the database has: FORAIL_SECRET_KEY, FORAIL_SECRET_KEY_FORMER_<number>,
#            or none where nothing was stored yet
#
#   FORAIL_SECRET_KEY, FORAIL_SECRET_KEY_FORMER_1, _2, ...   the key, and those of former epochs
#   and what the application needs
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
errors=$(mktemp)
trap 'rm -f -- "$errors"' EXIT

fail() {
    echo "secret-key: $1" >&2
    exit 1
}

# Prints the last line that begins with "$1: ", without that; on failure stops with the reason.
run() {
    local answer status=0
    answer=$(forail-manage shell <"$here/reencrypt.py" 2>"$errors") || status=$?
    if [[ $status -ne 0 ]]; then
        reason=$(grep '^secret-key: ' "$errors" | tail -n 1 || grep -v '^[[:space:]]*$' "$errors" | tail -n 1 || true)
        fail "${reason#secret-key: } (exit $status)"
    fi
    sed -n "s/^$1: //p" <<<"$answer" | tail -n 1
}

[[ -n ${FORAIL_SECRET_KEY:-} ]] || fail "environment variable FORAIL_SECRET_KEY is missing or empty"
holder=$(REENCRYPT=ask run key)
if [[ ${1:-} == --ask ]]; then
    echo "$holder"
    exit 0
fi
[[ $# -eq 0 ]] || fail "unknown option $1; usage: reencrypt.sh [--ask]"
case $holder in
    none) echo "secret-key: nothing is stored encrypted yet" ;;
    FORAIL_SECRET_KEY) echo "secret-key: what is stored is stored under this key" ;;
    FORAIL_SECRET_KEY_FORMER_*)
        proven=$(TOWER_SECRET_KEY=$FORAIL_SECRET_KEY FORAIL_SECRET_KEY=${!holder} REENCRYPT=apply run proven)
        echo "secret-key: everything is stored under the new key; $proven values were read with it"
        ;;
    *) fail "the application did not say which key the database has" ;;
esac
