#!/bin/bash
# Puts one dump of backup.sh into the platform's database in place of what is there, in one transaction, and proves it: any
# failure leaves the old data.
#
# Usage: load.sh [--ignore-key-mismatch] FILE
#        load.sh --check [--ignore-key-mismatch] [FILE]
#   --ignore-key-mismatch   also a dump made under another FORAIL_SECRET_KEY, or one without a .meta file; its stored
#                           credentials will not decrypt
#   --check                 only prove checksum and key, without the database, and print the file's path; FILE is by
#                           default the newest backup in BACKUP_DIR (/var/backups/forail)
#
# Proven before anything is dropped: the checksum, the key's fingerprint, that the application knows the dump's migrations;
# before COMMIT: the last migration, and the rows of each table that .meta names; at last: that stored credentials decrypt.
# Nobody else may be connected. Environment: as backup.sh, what the application needs, and
#   MIGRATIONS_CHECK        default /etc/forail/backup/migrations.py
#   CREDENTIALS_CHECK       default /etc/forail/backup/credentials.py
#   FORAIL_SECRET_KEY_FORMER_1, _2, ...   keys of former epochs: a dump made under one is taken too, and its values stay
#                           stored under that one
set -euo pipefail
umask 077

fail() {
    echo "load: $1" >&2
    exit 1
}

usage="usage: load.sh [--check] [--ignore-key-mismatch] FILE"
ignore_key=false check=false file=
while [[ $# -gt 0 ]]; do
    case "$1" in
        --ignore-key-mismatch) ignore_key=true ;;
        --check) check=true ;;
        -*) fail "unknown option $1; $usage" ;;
        *) [[ -z $file ]] || fail "more than one file given" && file=$1 ;;
    esac
    shift
done
if [[ -z $file && $check == true ]]; then
    directory=${BACKUP_DIR:-/var/backups/forail}
    for file in "$directory"/forail-????????T??????Z.sql.gz; do :; done
    [[ -e $file ]] || fail "no backup in $directory: name a file"
    made=${file##*/forail-}
    [[ ! ${made%.sql.gz} > $(date -u +%Y%m%dT%H%M%SZ) ]] ||
        fail "$file, the newest by its name, is of the future: a clock was wrong, so name the file to restore"
fi
[[ -n $file ]] || fail "no file given; $usage"

for name in DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD FORAIL_SECRET_KEY; do
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done

export PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGDATABASE=$DATABASE_NAME PGUSER=$DATABASE_USER
export PGPASSWORD=$DATABASE_PASSWORD PGCONNECT_TIMEOUT=10 PGAPPNAME=forail-load PGCLIENTENCODING=UTF8
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi
# As in backup.sh: a tenant set on the role or database must not narrow what is counted.
export PGOPTIONS="-c forail.current_tenant_id="

[[ -f $file && -r $file ]] || fail "$file is not a file that can be read"

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
error_file=$scratch/errors unpack_errors=$scratch/unpack

# One query, one answer; on failure stops with the server's own words.
query() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" 2>"$error_file" ||
        fail "cannot use the database '$PGDATABASE' at $PGHOST:$PGPORT: $(tr '\n' ' ' <"$error_file")"
}

# One value of the backup's .meta file; empty when the file or the key is missing.
meta() {
    if [[ -f $file.meta ]]; then sed -n "s/^$1=//p" "$file.meta" | head -n 1; fi
}

[[ -f $file.sha256 ]] || fail "$file.sha256 is missing: copy it together with the backup"
# Not by `sha256sum --check`, which would look for the name that the file had when it was made.
read -r recorded _ <"$file.sha256" || true
sum=$(sha256sum <"$file") || fail "cannot read $file"
[[ ${sum%% *} == "$recorded" ]] ||
    fail "$file does not match its checksum: the copy is damaged, take another one"

fingerprint() {
    printf '%s' "$1" | sha256sum | cut -c 1-16
}

# The variable with the key that the backup was made under: the platform's, or that of a former epoch.
holder= backup_key=$(meta secret_key_sha256_16)
for name in FORAIL_SECRET_KEY $(compgen -v FORAIL_SECRET_KEY_FORMER_); do
    [[ $backup_key != "$(fingerprint "${!name}")" ]] || holder=$name
done
if [[ -z $holder ]]; then
    [[ $ignore_key == true ]] || fail "the backup was made under the key with fingerprint ${backup_key:-unknown}, \
FORAIL_SECRET_KEY has $(fingerprint "$FORAIL_SECRET_KEY"): stored credentials would not decrypt. Put the old key into the \
Secret, or use --ignore-key-mismatch and enter all credentials again"
fi
if [[ $check == true ]]; then
    echo "$file"
    exit 0
fi
migration=$(meta last_main_migration)
[[ -z $migration || $migration =~ ^[A-Za-z0-9_]+$ ]] || fail "$file.meta names no usable migration: '$migration'"

# Up to PostgreSQL 14 the schema of a new database belongs to the server's owner, and everybody may fill it.
owner=$(query "SELECT pg_get_userbyid(nspowner) FROM pg_namespace
    WHERE nspname = 'public' AND NOT pg_has_role(nspowner, 'USAGE')")
fresh=$(query "SELECT count(*) = 1 FROM pg_namespace n WHERE nspname = 'public' AND has_schema_privilege(n.oid, 'CREATE')
    AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid)")
[[ -z $owner || $fresh == t ]] || fail "schema public of '$PGDATABASE' belongs to '$owner', '$PGUSER' may not replace it: as '$owner' or a \
superuser run ALTER SCHEMA public OWNER TO \"$PGUSER\" in '$PGDATABASE', then this again"

# A dump of a newer release restores well, and this image would then run on a schema that it was not written for. Its
# migrations stand near the dump's beginning, where reading stops; a damaged rest is found below.
dumped=$scratch/migrations
sed -n '/^COPY public\.django_migrations (/,/^\\\.$/{p;/^\\\.$/q;}' < <(gzip -dc -- "$file" 2>"$unpack_errors") >"$dumped"
[[ $(tail -n 1 "$dumped") == '\.' ]] ||
    fail "$file holds no whole list of migrations, so it is no whole backup of Forail and the old data is untouched: take \
another one. $(tr '\n' ' ' <"$unpack_errors")"
DUMPED_MIGRATIONS=$dumped forail-manage shell <"${MIGRATIONS_CHECK:-/etc/forail/backup/migrations.py}" \
    >/dev/null 2>"$error_file" || {
    status=$?
    # Its own line says it all; anything else is the application's, whose last line names the fault.
    refusal=$(grep '^migrations: ' "$error_file" | tail -n 1 || true)
    [[ -z $refusal ]] || fail "the old data is untouched: $refusal"
    fail "the old data is untouched, because the application cannot say which migrations it knows (exit $status): \
$(grep -v '^[[:space:]]*$' "$error_file" | tail -n 1 || true)"
}

# The comparison with the rows that .meta names; nothing for a dump of 0.1.0, which names none.
counted() {
    local values
    values=$(if [[ -f $file.meta ]]; then sed -n "s/^rows\.\([A-Za-z0-9_]*\)=\([0-9]*\)$/('\1', \2)/p" "$file.meta"; fi)
    [[ -n $values ]] || return 0
    echo "DO \$\$ DECLARE item record; found bigint; BEGIN"
    echo "FOR item IN SELECT * FROM (VALUES ${values//$'\n'/, }) AS backup (name, rows) LOOP"
    echo "EXECUTE format('SELECT count(*) FROM public.%I', item.name) INTO found;"
    echo "IF found <> item.rows THEN"
    echo "RAISE EXCEPTION 'table % has % rows, the backup was made with %', item.name, found, item.rows;"
    echo "END IF; END LOOP; END \$\$;"
}

# COMMIT is sent only after the whole file was unpacked and the result checked: a session that ends before it is rolled
# back by the server. psql's own single-transaction mode would commit a file that stops in the middle.
statements() {
    echo "BEGIN; SET LOCAL client_min_messages = 'warning'; SET LOCAL lock_timeout = '60s';"
    # Each explicit, because `set -e` does not hold on the left of `||`.
    if [[ -z $owner ]]; then
        echo "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        gzip -dc -- "$file" || return
    else
        gzip -dc -- "$file" | LC_ALL=C sed '0,/^COMMENT ON SCHEMA public /{//d}' || return
    fi
    echo "DO \$\$ DECLARE found text; BEGIN"
    echo "SELECT name INTO found FROM public.django_migrations WHERE app = 'main' ORDER BY name DESC LIMIT 1;"
    echo "IF found IS NULL OR found <> coalesce(nullif('$migration', ''), found) THEN"
    echo "RAISE EXCEPTION 'the restored schema ends at migration %, the backup was made at $migration', found;"
    echo "END IF; END \$\$;"
    counted || return
    echo "COMMIT;"
}
# The server's words without the row that they are about: it may hold a secret. Terse leaves out detail and context, and
# what a column does not take stands at the end of the message itself, on as many lines as it has.
reason() {
    {
        tail -n 3 "$unpack_errors"
        grep -m 1 -E '(ERROR|FATAL|PANIC): ' "$error_file" || tail -n 3 "$error_file"
    } | sed -E 's/(ERROR: +[^"]*): ".*/\1/' | tr '\n' ' '
}

# The two may fail at once, and the one that failed first is not the one that wrote last.
statements 2>"$unpack_errors" | psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=terse >/dev/null 2>"$error_file" ||
    fail "the restore failed and the old data is untouched: $(reason)"

if [[ -n $holder && $ignore_key != true ]]; then
    FORAIL_SECRET_KEY=${!holder} forail-manage shell <"${CREDENTIALS_CHECK:-/etc/forail/backup/credentials.py}" >"$scratch/decrypted" 2>"$error_file" || {
        status=$?
        reason=$(grep '^credentials: ' "$error_file" | tail -n 1 || grep -v '^[[:space:]]*$' "$error_file" | tail -n 1 || true)
        fail "'$PGDATABASE' holds the backup now, and its credentials cannot be read (exit $status): $reason"
    }
fi

tables=$(query "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
protected=$(query "SELECT count(*) FROM pg_class WHERE relrowsecurity")
restored=$(query "SELECT name FROM public.django_migrations WHERE app = 'main' ORDER BY name DESC LIMIT 1")
echo "load: '$PGDATABASE' is back at $file (migration $restored, $tables tables, $protected with row-level security," \
    "$(tail -n 1 "$scratch/decrypted" 2>/dev/null || echo "credentials: not asked"))"
