#!/bin/bash
# Writes one verified backup of the platform's database: forail-<UTC time>.sql.gz, beside it .sha256 and .meta, and .key.enc
# where a passphrase for the key is given.
# A file appears under its final name only when it is complete and has been read back; every failure exits non-zero.
#
#   DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD     required
#   DATABASE_SSLMODE, DATABASE_SSLROOTCERT                                            optional
#   FORAIL_SECRET_KEY        required; in clear only its fingerprint is written. Without this key a backup's credentials are lost
#   FORAIL_SECRET_KEY_FORMER_1, _2, ...   keys of former epochs: the database may still be stored under one of them, and
#                            then that one is the backup's
#   BACKUP_KEY_PASSPHRASE    encrypts the key for .key.enc; unset, there is no such file
#   BACKUP_RUN               who asks; a dump that was made for the same asker is not made again
#   BACKUP_DIR               default /var/backups/forail
#   BACKUP_LOCKED            true: whoever runs this has the folder's lock, as descriptor 9
#   BACKUP_RETENTION_DAYS    older backups are deleted, after this one has succeeded, but for the newest three; unset, none is
set -euo pipefail
umask 077

# As many of the newest backups stay whatever their age.
NEWEST_KEPT=3
partial=
error_file=

fail() {
    echo "backup: $1" >&2
    exit 1
}

cleanup() {
    [[ -z $partial ]] || rm -f -- "$partial" "$partial".meta "$partial".sha256 "$partial".key.enc
    [[ -z $error_file ]] || rm -f -- "$error_file"
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

for name in DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD FORAIL_SECRET_KEY; do
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done
directory=${BACKUP_DIR:-/var/backups/forail}
retention=${BACKUP_RETENTION_DAYS:-}
[[ -z $retention || $retention =~ ^[1-9][0-9]{0,4}$ ]] ||
    fail "BACKUP_RETENTION_DAYS must be a whole number of days, 1 or more"
[[ ${BACKUP_RUN:-} =~ ^[-A-Za-z0-9.]*$ ]] || fail "BACKUP_RUN must be letters, digits, '-' and '.'"
if [[ -n ${BACKUP_KEY_PASSPHRASE:-} ]]; then
    # openssl, asked for it by a person, reads no more than 511 bytes and one line.
    [[ ${#BACKUP_KEY_PASSPHRASE} -ge 20 && ${#BACKUP_KEY_PASSPHRASE} -le 200 && $BACKUP_KEY_PASSPHRASE != *$'\n'* ]] ||
        fail "BACKUP_KEY_PASSPHRASE must be one line of 20 to 200 characters: give another one"
fi
[[ -d $directory && -w $directory ]] || fail "$directory is not a folder that can be written: mount the backups claim there"

export PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGDATABASE=$DATABASE_NAME PGUSER=$DATABASE_USER
export PGPASSWORD=$DATABASE_PASSWORD PGCONNECT_TIMEOUT=10 PGAPPNAME=forail-backup PGCLIENTENCODING=UTF8
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi
# Row-level security shows every row while no tenant is set; a tenant set on the role or database must not narrow this.
export PGOPTIONS="-c forail.current_tenant_id="

# The kernel releases this lock with its holder, so a killed run leaves nothing to clear away.
[[ ${BACKUP_LOCKED:-} == true ]] || exec 9>"$directory/.lock" || fail "cannot open $directory/.lock"
flock --nonblock 9 || fail "another backup or restore is running in $directory; try again when it has finished"
find "$directory" -maxdepth 1 -name 'forail-*.partial*' -delete

if [[ -n ${BACKUP_RUN:-} ]]; then
    # What went wrong after the dump, such as its copy, is tried again without another dump.
    for meta in "$directory"/forail-????????T??????Z.sql.gz.meta; do
        if [[ -e ${meta%.meta} ]] && grep -qxF "run=$BACKUP_RUN" "$meta"; then
            echo "backup: ${meta%.meta} was made for this run already"
            exit 0
        fi
    done
fi

error_file=$(mktemp)

# Runs one query and prints its answer; on failure stops with the server's own words.
query() {
    local answer
    answer=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" 2>"$error_file") || fail "cannot read the database \
'$PGDATABASE' at $PGHOST:$PGPORT: $(tr '\n' ' ' <"$error_file")"
    printf '%s' "$answer"
}

last_migration() {
    local exists
    exists=$(query "SELECT to_regclass('public.django_migrations') IS NOT NULL") || exit 1
    [[ $exists == t ]] || fail "the database '$PGDATABASE' holds no Forail schema: run the init Job first"
    query "SELECT name FROM public.django_migrations WHERE app = 'main' ORDER BY name DESC LIMIT 1" || exit 1
}

# The fingerprint of the key that the database's secrets are stored under, as the init Job records it; empty before that.
recorded_key() {
    local exists
    exists=$(query "SELECT to_regclass('public.conf_setting') IS NOT NULL") || exit 1
    [[ $exists == t ]] || return 0
    query "SELECT value::jsonb #>> '{}' FROM public.conf_setting WHERE key = 'FORAIL_STACK_SECRET_KEY_FINGERPRINT'
        ORDER BY id LIMIT 1" || exit 1
}

# Names a key without telling it; the database has the first 12 of its digits, .meta the first 16.
fingerprint() {
    printf '%s' "$1" | sha256sum | cut -c "1-$2"
}

# Policies of a future release might hide rows from an unset tenant, and pg_dump would silently leave them out.
refuse_hidden_rows() {
    query "DO \$\$
      DECLARE protected regclass; shown boolean;
      BEGIN
        FOR protected IN SELECT c.oid::regclass FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
                          WHERE c.relrowsecurity AND s.n_live_tup > 0 LOOP
          EXECUTE format('SELECT EXISTS (SELECT FROM %s)', protected) INTO shown;
          IF NOT shown THEN
            RAISE EXCEPTION 'row-level security hides the rows of % from this role', protected;
          END IF;
        END LOOP;
      END \$\$" >/dev/null || exit 1
}

migration=$(last_migration)
server=$(query "SHOW server_version")
# This pod may have a new key before the database has: between `up` and the end of the rotation, or after one that failed.
recorded=$(recorded_key)
key=FORAIL_SECRET_KEY
if [[ -n $recorded ]]; then
    key=
    for name in FORAIL_SECRET_KEY $(compgen -v FORAIL_SECRET_KEY_FORMER_); do
        if [[ $(fingerprint "${!name}" 12) == "$recorded" ]]; then key=$name && break; fi
    done
    [[ -n $key ]] || fail "the database's secrets are stored under the key with fingerprint $recorded, FORAIL_SECRET_KEY has \
$(fingerprint "$FORAIL_SECRET_KEY" 12): restored with that one they would not decrypt, so nothing was dumped. Put the \
database's key into the Secret, or restart this pod if the key was rotated"
fi
refuse_hidden_rows

stamp=$(date -u +%Y%m%dT%H%M%SZ)
while [[ -e $directory/forail-$stamp.sql.gz ]]; do
    sleep 0.2
    stamp=$(date -u +%Y%m%dT%H%M%SZ)
done
target=$directory/forail-$stamp.sql.gz
partial=$target.partial

# Forail lives in `public`. Other schemas and other roles' extensions (of a monitoring agent, say) are left out: the
# platform's role could not restore them.
own=(--schema=public)
extensions=$(query "SELECT quote_ident(extname) FROM pg_extension WHERE pg_get_userbyid(extowner) = current_user")
for name in $extensions; do own+=("--extension=$name"); done

# Plain SQL with COPY: the policies come last in it, so that restoring is not subject to them. restore.sh makes the schema.
pg_dump "${own[@]}" --enable-row-security --no-owner --no-privileges --lock-wait-timeout=60s 2>"$error_file" |
    LC_ALL=C sed '0,/^CREATE SCHEMA public;$/{//d}' 2>>"$error_file" |
    gzip -6 >"$partial" 2>>"$error_file" ||
    fail "the dump failed, nothing was kept: $(tail -n 3 "$error_file" | tr '\n' ' ')($(df -h --output=avail \
"$directory" | tail -n 1 | tr -d ' ') free in $directory)"

# The rows of each table, those of partitions with the table that they belong to, and whether the dump's end is there.
counted=$(gzip -dc -- "$partial" 2>"$error_file" | LC_ALL=C awk '
    copying && $0 == "\\." { copying = 0; next }
    copying { rows[table]++; next }
    /^COPY / {
        copying = 1
        table = $2 in whole ? whole[$2] : $2
        rows[table] += 0
    }
    /^ALTER TABLE ONLY .* ATTACH PARTITION / { whole[$7] = $4 }
    /^-- PostgreSQL database dump complete/ { complete = 1 }
    END {
        for (table in rows) if (table ~ /^public\.[A-Za-z0-9_]+$/) print "rows" substr(table, 7) "=" rows[table]
        if (complete) print "complete"
    }' 2>>"$error_file" | LC_ALL=C sort) || fail "the written file cannot be read back: $(tr '\n' ' ' <"$error_file")"
[[ $counted == complete* ]] || fail "the dump has no end mark, nothing was kept"
after=$(last_migration)
[[ $after == "$migration" ]] || fail "migrations ran during the dump, nothing was kept: run this again"
after=$(recorded_key)
[[ $after == "$recorded" ]] || fail "the encryption key was changed during the dump, nothing was kept: run this again"

{
    echo "created=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "database=$PGDATABASE"
    echo "server_version=$server"
    echo "last_main_migration=$migration"
    echo "secret_key_sha256_16=$(fingerprint "${!key}" 16)"
    if [[ -n ${BACKUP_RUN:-} ]]; then echo "run=$BACKUP_RUN"; fi
    echo "${counted#complete}" | sed '/^$/d'
} >"$partial.meta" || fail "cannot write $partial.meta: is $directory full?"
sum=$(sha256sum <"$partial") || fail "cannot read $partial"
echo "${sum%% *}  ${target##*/}" >"$partial.sha256" || fail "cannot write $partial.sha256: is $directory full?"
written=("$partial" "$partial.meta" "$partial.sha256")
if [[ -n ${BACKUP_KEY_PASSPHRASE:-} ]]; then
    cipher=(openssl enc -aes-256-cbc -md sha256 -pbkdf2 -iter 600000 -a -pass env:BACKUP_KEY_PASSPHRASE)
    printf '%s' "${!key}" | "${cipher[@]}" -e -salt -out "$partial.key.enc" 2>"$error_file" ||
        fail "openssl cannot encrypt the key, nothing was kept: $(tr '\n' ' ' <"$error_file")"
    decrypted=$("${cipher[@]}" -d -in "$partial.key.enc" 2>"$error_file") || decrypted=
    [[ $decrypted == "${!key}" ]] ||
        fail "the encrypted key does not decrypt to the key, nothing was kept: $(tr '\n' ' ' <"$error_file")"
    written+=("$partial.key.enc")
fi
sync -- "${written[@]}" || fail "cannot flush the backup to $directory"

# The dump takes its name last: whoever sees it finds its companions.
for suffix in .meta .sha256 .key.enc ''; do
    [[ -e $partial$suffix ]] || continue
    mv -- "$partial$suffix" "$target$suffix" || fail "cannot rename $partial$suffix"
done
partial=

# By the time in the name, which survives copying. With a clock that is far ahead all others look old, so that some stay
# whatever their age; a name of the future keeps no place for ever.
moment=${target##*/forail-}
oldest=${retention:+$(date -u -d "-$retention days" +%Y%m%dT%H%M%SZ)}
removed=0 place=0
dumps=("$directory"/forail-????????T??????Z.sql.gz)
for ((index = ${#dumps[@]} - 1; index >= 0; index--)); do
    dump=${dumps[index]} made=${dumps[index]##*/forail-}
    [[ ! $made > $moment ]] || continue
    place=$((place + 1))
    [[ ${made%.sql.gz} < $oldest && $place -gt $NEWEST_KEPT ]] || continue
    rm -f -- "$dump" "$dump.sha256" "$dump.meta" "$dump.key.enc" || fail "$target is good, but the old $dump cannot be deleted"
    removed=$((removed + 1))
done
for companion in "$directory"/forail-????????T??????Z.sql.gz.{meta,sha256,key.enc}; do
    if [[ -e $companion && ! -e ${companion%.gz.*}.gz ]]; then rm -f -- "$companion"; fi
done

echo "backup: wrote $target ($(stat -c %s -- "$target") bytes, migration $migration, PostgreSQL $server);" \
    "deleted $removed${retention:+ older than $retention days}"
