#!/bin/bash
# The step of the init Job that changes the key of the stored secrets: takes web and task away, writes a backup under the
# former key, and stores everything under the new one in a single transaction. Until that one ends, a failure brings web and
# task back with the key that they have. Afterwards they stay away: their pods have the former key, and `pulumi up`, which
# runs this, gives them the new one. A run that was killed is made good by the next one.
#
#   FORAIL_ROTATION_QUIESCE_SECONDS    how long the pods of web and task may take to end
#   FORAIL_ROTATION_BACKUP             path of backup.sh
#   BACKUP_DIR                         default /var/backups/forail
#   and what reencrypt.sh, backup.sh and scale.py read; scale.py and steps.sh are beside this file
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
directory=${BACKUP_DIR:-/var/backups/forail}

say() {
    echo "secret-key: $1" >&2
}

[[ ${FORAIL_ROTATION_QUIESCE_SECONDS:-} =~ ^[1-9][0-9]*$ ]] || {
    say "FORAIL_ROTATION_QUIESCE_SECONDS must be a whole number, 1 or more"
    exit 1
}
. "$here/steps.sh"

holder=$(bash "$here/reencrypt.sh" --ask)
case $holder in
    FORAIL_SECRET_KEY_FORMER_*) ;;
    none) say "nothing is stored encrypted yet" && exit 0 ;;
    *) say "what is stored is stored under this key" && exit 0 ;;
esac

at_exit() {
    local status=$?
    trap '' TERM INT HUP
    end_step
    [[ $status -ne 0 ]] || exit 0
    # The commit may have been the last that happened: pods with the former key must not come back then.
    holder=$(bash "$here/reencrypt.sh" --ask 2>/dev/null) || holder=
    case $holder in
        FORAIL_SECRET_KEY_FORMER_*)
            say "the stored secrets have the key that they had"
            python3 "$here/scale.py" resume || say "web and task are left without pods: kubectl -n \
${MY_POD_NAMESPACE:-} scale deployment/forail-web --replicas=<number>, the same for forail-task"
            ;;
        FORAIL_SECRET_KEY) say "the stored secrets have the new key: run pulumi up again, which gives it to web and task" ;;
        *) say "nobody knows which key the stored secrets have while the database does not answer: run pulumi up again" ;;
    esac
    exit "$status"
}
trap at_exit EXIT
trap 'exit 143' TERM INT HUP

# Not through `env`, on whose command line the key would be.
backup_under_former_key() {
    FORAIL_SECRET_KEY=${!holder} BACKUP_LOCKED=true bash "$FORAIL_ROTATION_BACKUP"
}

# Before anybody is taken away: the nightly dump may run for hours, and each attempt would drain task for nothing. Kept to
# the end, so that no dump runs beside the re-encryption.
exec 9>"$directory/.lock" || {
    say "cannot open $directory/.lock: mount the backups claim at $directory"
    exit 1
}
step "wait for other backups and restores, an hour at most" flock --timeout 3600 9

step quiesce python3 "$here/scale.py" quiesce "$FORAIL_ROTATION_QUIESCE_SECONDS"
step backup backup_under_former_key
step re-encrypt bash "$here/reencrypt.sh"
