#!/bin/bash
# Dumps the database before another version of the backend migrates it. Without Forail's schema there is nothing to dump,
# and nothing to lose: then it succeeds and says so. Everything else is backup.sh's: its variables, its dump, its failures.
#
#   BACKUP_SCRIPT     default /usr/local/bin/backup.sh
set -euo pipefail

fail() {
    echo "before-upgrade: $1" >&2
    exit 1
}

for name in DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD; do
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi

migrated=$(PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGDATABASE=$DATABASE_NAME PGUSER=$DATABASE_USER \
    PGPASSWORD=$DATABASE_PASSWORD PGCONNECT_TIMEOUT=10 PGAPPNAME=forail-before-upgrade \
    psql -X -q -A -t -c "SELECT to_regclass('public.django_migrations') IS NOT NULL") ||
    fail "cannot read the database '$DATABASE_NAME' at $DATABASE_HOST:$DATABASE_PORT: nothing was dumped, and nothing \
will be migrated; set upgrade.backup: never to go on without"

case $migrated in
    f) echo "before-upgrade: the database '$DATABASE_NAME' holds no Forail schema yet: there is nothing to back up" ;;
    t) exec bash "${BACKUP_SCRIPT:-/usr/local/bin/backup.sh}" ;;
    *) fail "the database answers neither t nor f: nothing was dumped" ;;
esac
