#!/bin/bash
# Puts a backup of backup.sh back into the platform's database, in one transaction: any failure leaves the old data.
#
# Usage: restore.sh [--yes] [--ignore-key-mismatch] [FILE]
#   FILE                    default: the newest backup in BACKUP_DIR (/var/backups/forail)
#   --yes                   do not ask; needed without a terminal
#   --ignore-key-mismatch   also restore a backup made under another FORAIL_SECRET_KEY, or one without a .meta file; its
#                           stored credentials will not decrypt
#
# Web and task must be scaled to 0, so this runs in a pod of its own, made from the CronJob forail-restore. What is checked is
# in load.sh. Environment: as load.sh, and BACKUP_DIR.
set -euo pipefail
umask 077

fail() {
    echo "restore: $1" >&2
    exit 1
}

yes=false ignore_key=false file=
while [[ $# -gt 0 ]]; do
    case "$1" in
        --yes) yes=true ;;
        --ignore-key-mismatch) ignore_key=true ;;
        -*) fail "unknown option $1; usage: restore.sh [--yes] [--ignore-key-mismatch] [FILE]" ;;
        *) [[ -z $file ]] || fail "more than one file given" && file=$1 ;;
    esac
    shift
done

for name in DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD FORAIL_SECRET_KEY; do
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done
directory=${BACKUP_DIR:-/var/backups/forail}

export PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGDATABASE=$DATABASE_NAME PGUSER=$DATABASE_USER
export PGPASSWORD=$DATABASE_PASSWORD PGCONNECT_TIMEOUT=10 PGAPPNAME=forail-restore PGCLIENTENCODING=UTF8
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi

arguments=()
if [[ $ignore_key == true ]]; then arguments+=(--ignore-key-mismatch); fi
load=$(dirname -- "${BASH_SOURCE[0]}")/load.sh
file=$(bash "$load" --check "${arguments[@]}" ${file:+"$file"}) || exit
[[ -d $directory && -w $directory ]] || fail "$directory is not a folder that can be written: mount the backups claim there"

exec 9>"$directory/.lock" || fail "cannot open $directory/.lock"
flock --nonblock 9 || fail "another backup or restore is running in $directory; try again when it has finished"

error_file=$(mktemp)
trap 'rm -f -- "$error_file"' EXIT

# One query, one answer; on failure stops with the server's own words.
query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" 2>"$error_file" ||
        fail "cannot use the database '$PGDATABASE' at $PGHOST:$PGPORT: $(tr '\n' ' ' <"$error_file")"
}

# The server tells other roles' sessions apart from its own workers only by their having a user.
sessions=$(query "SELECT count(*) || ' (' || coalesce(string_agg(DISTINCT usename || '/' || application_name, ', '), '')
    || ')' FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL
    AND pid <> pg_backend_pid()")
[[ $sessions == "0 "* ]] || fail "other sessions use the database: $sessions. Scale Forail down first: kubectl scale \
deployment/forail-web --replicas=0, the same for forail-task (deployment or statefulset), then run this again in a pod of its own"

if [[ $yes != true ]]; then
    [[ -t 0 ]] || fail "this replaces all data of '$PGDATABASE' by $file: give --yes, there is no terminal to ask"
    read -r -p "Replace all data of '$PGDATABASE' at $PGHOST by $file? Type the database's name: " answer
    [[ $answer == "$PGDATABASE" ]] || fail "not confirmed, nothing was changed"
fi

bash "$load" "${arguments[@]}" "$file" || exit
echo "restore: run the init Job again before web and task start: kubectl delete job -l app.kubernetes.io/component=init," \
    "then pulumi refresh and pulumi up"
