#!/bin/sh
# What copy.sh and fetch.sh have in common: the remote `store:` of rclone, and words for what can go wrong with it.
# They set `name`, for their messages, and read this in.
#
#   COPIES_PATH                    required; bucket or folder in the store
#   RCLONE_CONFIG_STORE_TYPE       required; rclone's name of the backend
#   RCLONE_CONFIG_STORE_<OPTION>   its options
#   STORE_OBSCURED                 options that rclone takes obscured only; their values are in STORE_CLEAR_<OPTION>
#   TERMINATION_LOG                where the reason of a failure goes, default /dev/termination-log
set -eu
umask 077

fail() {
    echo "$name: $1" >&2
    { echo "$name: $1" >"${TERMINATION_LOG:-/dev/termination-log}"; } 2>/dev/null || true
    exit 1
}

command -v rclone >/dev/null || fail "there is no rclone in this image: images.rclone must name one of rclone's"
[ -n "${COPIES_PATH:-}" ] || fail "COPIES_PATH is empty: name the bucket or folder"
[ -n "${RCLONE_CONFIG_STORE_TYPE:-}" ] || fail "RCLONE_CONFIG_STORE_TYPE is empty: name rclone's backend"

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 143' TERM INT HUP
errors=$scratch/errors
store=store:$COPIES_PATH

# Everything comes from variables; without a file rclone keeps a renewed token in memory.
export RCLONE_CONFIG=""
export RCLONE_RETRIES="${RCLONE_RETRIES:-3}" RCLONE_LOW_LEVEL_RETRIES="${RCLONE_LOW_LEVEL_RETRIES:-5}"
export RCLONE_CONTIMEOUT="${RCLONE_CONTIMEOUT:-20s}" RCLONE_TRANSFERS=1

# rclone's own last errors, without what may be a signature or a password in a URL.
said() {
    grep -v 'NOTICE' "$errors" | tail -n 3 | sed -e 's|^[0-9/]* [0-9:]* ||' -e 's|?[^ "]*|?...|g' \
        -e 's|://[^/@ ]*@|://...@|g' | cut -c 1-600 | tr '\n' ' '
}

# Why it went wrong and what to do, by what rclone said; $1 is what was being done.
explain() {
    if grep -qiE 'no space left|quota|insufficient ?storage|disk full|StorageFull' "$errors"; then
        fix="the store is full: make room there, or lower backups.copies.retentionDays"
    elif grep -qiE 'NoSuchBucket|ContainerNotFound|bucket.*(not exist|not found)|directory not found' "$errors"; then
        fix="bucket or folder of '$COPIES_PATH' does not exist: make it, or correct backups.copies.path"
    elif grep -qiE 'no such host|connection refused|i/o timeout|network is unreachable|no route to host|deadline exceeded|x509|tls: |connection reset|lookup ' \
        "$errors"; then
        fix="the store cannot be reached: check its address in backups.copies.options, DNS, certificates and firewalls"
    elif grep -qiE 'InvalidAccessKey|access key id|SignatureDoesNotMatch|AccessDenied|AuthenticationFailed|AuthorizationFailure|Unauthori[sz]ed|Forbidden|permission denied|unable to authenticate|invalid_grant|StatusCode: 40[13]|login incorrect|530 ' \
        "$errors"; then
        fix="the store refuses the credentials: check copiesSecrets or backups.copies.existingSecret and what they may do"
    else
        fix="rclone failed"
    fi
    fail "cannot $1. $fix. rclone said: $(said)"
}

# Everything that belongs to the dump $1 beside itself, as a filter of rclone. The unfinished uploads of some backends,
# <name>.<letters>.partial, do not.
companions() { printf '/%s.{meta,sha256,key.enc}' "$1"; }

# Names and sizes of what is in the store, one 'size;name' a line. A folder that nothing was copied to is empty.
list_store() {
    status=0
    rclone lsf --files-only --max-depth 1 --format sp --separator ';' "$store" >"$scratch/there" 2>"$errors" || status=$?
    # 3: no such folder, 4: no such file.
    case $status in 0) ;; 3 | 4) : >"$scratch/there" ;; *) explain "list $store" ;; esac
    grep -E '^[0-9]+;forail-[0-9]{8}T[0-9]{6}Z\.sql\.gz$' "$scratch/there" | sed 's/^[0-9]*;//' | sort >"$scratch/dumps" || true
}

now() { date -u +%Y%m%dT%H%M%SZ; }

# The time in a dump's name.
stamp() {
    made=${1##*/forail-}
    made=${made#forail-}
    printf '%s' "${made%.sql.gz}"
}

# Whether $1 sorts after $2; the shell has no such test for text, and times in names sort as they follow each other.
later() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort | tail -n 1)" = "$1" ]; }

for option in ${STORE_OBSCURED:-}; do
    case $option in *[!A-Z0-9_]*) fail "STORE_OBSCURED must be names of options" ;; esac
    eval "clear=\${STORE_CLEAR_$option:-}"
    [ -n "$clear" ] || fail "the password of option $option is empty or missing: give it"
    # By a pipe, because the command line is there for everybody to read.
    obscured=$(printf '%s\n' "$clear" | rclone obscure - 2>"$errors") || explain "obscure the password of $option"
    export "RCLONE_CONFIG_STORE_$option=$obscured"
done
