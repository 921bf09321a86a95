#!/bin/bash
# Proves that a restore would work: loads the newest dump into the throw-away server of this pod by load.sh, as the restore
# does, and reports what it found. Whatever happens the report is written: also on TERM, which ends a drill that hangs.
# The exit code is 0 only if the dump is good and the report says so.
#
#   DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER     the throw-away server, and what is made on it
#   DRILL_SERVER_USER        its superuser
#   DRILL_SERVER_DIR         folder of throwaway.sh, with the superuser's password
#   DRILL_DEADLINE_SECONDS   when the cluster ends this, for the report
#   DRILL_DUMP_AGE_SECONDS   age from which the newest dump is too old; unset, none is
#   FORAIL_SECRET_KEY, what the application needs, and what drill_report.py needs
#   DRILL_FETCHED            what outcome.sh of the container `fetch` writes when it has brought the newest dump into
#                            BACKUP_DIR, or failed to; unset, the dumps are there
#   BACKUP_DIR               default /var/backups/forail; nothing is written there
#   DRILL_DIR                default /etc/forail/backup: drill_report.py and pending.py
#   LOAD, DATABASE_SCRIPT    default /usr/local/bin/load.sh and /usr/local/bin/database.sh
set -euo pipefail
umask 077

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
export TMPDIR=$scratch
facts=$scratch/facts reason=$scratch/reason step=$scratch/step
touch "$facts"
echo "starting" >"$step"
directory=${BACKUP_DIR:-/var/backups/forail}
files=${DRILL_DIR:-/etc/forail/backup}

fail() {
    echo "drill: $1" >&2
    printf '%s' "$1" >"$reason"
    exit 1
}

doing() {
    echo "$1" >"$step"
    echo "drill: $1" >&2
}

# Runs a command; its last line on stderr is why the drill failed. What a server quotes of the data stays in the log.
must() {
    local what=$1 line status=0
    shift
    "$@" 2>"$scratch/errors" || status=$?
    cat "$scratch/errors" >&2
    if [[ $status -ne 0 ]]; then
        line=$(grep -v '^[[:space:]]*$' "$scratch/errors" | tail -n 1 || true)
        fail "$what: $(sed -E 's/ +(DETAIL|CONTEXT|QUERY|STATEMENT|LINE [0-9]+): .*//; s/(for type [^:]+): ".*"/\1/' \
            <<<"${line:-exit $status without a message}")"
    fi
}

# Waits for what brings the newest dump from the store, without an end: how long a drill may take is the Job's to say.
fetched() {
    local status= line=
    [[ -n ${DRILL_FETCHED:-} ]] || return 0
    doing "waiting for the newest dump from the store"
    until [[ -e $DRILL_FETCHED ]]; do sleep 1; done
    { read -r status && read -r line; } <"$DRILL_FETCHED" || true
    [[ $status == 0 ]] || fail "the newest dump cannot be brought from the store: ${line:-exit $status without a message}"
}

# The newest by the time in the name that is not of the future.
newest() {
    local dump made now found=
    now=$(date -u +%Y%m%dT%H%M%SZ)
    for dump in "$directory"/forail-????????T??????Z.sql.gz; do
        made=${dump##*/forail-}
        if [[ -e $dump && ! ${made%.sql.gz} > $now ]]; then found=$dump; fi
    done
    [[ -n $found ]] || fail "there is no dump in $directory: does the CronJob forail-backup run? \
(one whose name is of the future does not count)"
    echo "$found"
}

# Seconds since the time in a dump's name.
age() {
    local made=${1##*/forail-}
    echo $(($(date +%s) - $(date -u -d "${made:0:4}-${made:4:2}-${made:6:2} ${made:9:2}:${made:11:2}:${made:13:2}" +%s)))
}

superuser() {
    PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGUSER=$DRILL_SERVER_USER PGPASSWORD=$(<"$DRILL_SERVER_DIR/password") \
        PLATFORM_USER=$DATABASE_USER PLATFORM_PASSWORD=$DATABASE_PASSWORD PLATFORM_DATABASE=$DATABASE_NAME TERMINATION_LOG=/dev/null "$@"
}

# Role and database on the throw-away server, as the init Job makes them on the platform's.
prepare() {
    local wanted=$1 waited=0 found
    doing "waiting for the throw-away server"
    until [[ -s $DRILL_SERVER_DIR/password ]]; do
        [[ $((waited++)) -lt ${DATABASE_WAIT_SECONDS:-300} ]] ||
            fail "the throw-away server does not start: see the log of the container postgres"
        sleep 1
    done
    must "the throw-away server cannot be used" superuser sh "${DATABASE_SCRIPT:-/usr/local/bin/database.sh}" >&2
    found=$(must "the throw-away server cannot be asked" superuser psql -X -A -t -d postgres -c 'SHOW server_version') || exit 1
    # Numbers of major versions; a dump without .meta names none, and load.sh refuses it.
    [[ -z ${wanted%%[!0-9]*} || ${found%%[!0-9]*} -ge ${wanted%%[!0-9]*} ]] ||
        fail "the dump is of PostgreSQL $wanted and the throw-away server is $found, which may not read it: set \
images.postgres.tag to that version or a newer one"
}

drill() {
    local dump wanted rows loaded pending old
    for name in DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DRILL_SERVER_USER DRILL_SERVER_DIR FORAIL_SECRET_KEY; do
        [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
    done
    fetched
    doing "looking for the newest dump"
    dump=$(newest) || exit 1
    old=$(age "$dump")
    {
        echo "dump=${dump##*/}"
        echo "dumpAge=$old"
        echo "size=$(stat -c %s -- "$dump")"
    } >>"$facts"
    wanted=$(sed -n 's/^server_version=//p' "$dump.meta" 2>/dev/null | head -n 1 || true)
    prepare "$wanted"

    doing "loading ${dump##*/}"
    loaded=$(must "${dump##*/}" bash "${LOAD:-/usr/local/bin/load.sh}" "$dump") || exit 1
    echo "$loaded" >&2
    rows=$(awk -F = '/^rows\./ { sum += $2; known = 1 } END { if (known) printf "%.0f", sum }' "$dump.meta")
    {
        # A dump of 0.1.0 names no rows.
        echo "rows=${rows:-not counted}"
        echo "credentials=$(sed -n 's/.*credentials: \([0-9]*\) encrypted values decrypt.*/\1/p' <<<"$loaded")"
    } >>"$facts"

    doing "asking the application for pending migrations"
    pending=$(must "${dump##*/} was loaded, and the application cannot use it" forail-manage shell <"$files/pending.py") || exit 1
    sed -n 's/^pending: /pending=/p' <<<"$pending" >>"$facts"
    [[ -z ${DRILL_DUMP_AGE_SECONDS:-} || $old -le $DRILL_DUMP_AGE_SECONDS ]] ||
        fail "${dump##*/} can be restored, and it is $((old / 3600)) h old: no newer one was made, see the Jobs of the \
CronJob forail-backup"
}

report() {
    local text=$2
    { printf 'result=%s\nreason=%s\n' "$1" "${text//$'\n'/ }" && cat "$facts"; } | python3 "$files/drill_report.py" ||
        { echo "drill: $1, and that could not be reported: $text" >&2 && exit 1; }
    echo "drill: $1: $text" >&2
}

# A trap waits for a command in the foreground, and a hung one would never let it run.
ended() {
    trap '' TERM INT HUP
    if [[ -n $work ]]; then
        { kill -KILL -- "-$work" && wait "$work"; } 2>/dev/null || true
    fi
    report failed "ended while it was $(<"$step"): a drill may take ${DRILL_DEADLINE_SECONDS:-?} s \
(backups.drill.deadlineSeconds), or its pod was deleted or evicted"
    exit 143
}

DATABASE_PASSWORD=$(od -A n -N 32 -t x1 /dev/urandom | tr -d ' \n')
# The settings file asks for a Redis password, and the drill has no Redis: it must not reach the platform's.
export DATABASE_PASSWORD REDIS_PASSWORD=none
work= status=0
trap ended TERM INT HUP
# In a process group of its own, so that all of it can be ended.
set -m
(
    set +m
    drill
) </dev/null &
work=$!
wait "$work" || status=$?
trap '' TERM INT HUP
if [[ $status -ne 0 ]]; then
    report failed "$(cat "$reason" 2>/dev/null || echo "ended with code $status while it was $(<"$step"); see the pod's log")"
    exit 1
fi
report succeeded "it was restored and proved"
