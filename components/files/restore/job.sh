#!/bin/bash
# Restores one backup: takes web and task away, loads and proves the backup in a new database beside the platform's, runs
# the steps of init on it, exchanges the two names in one transaction, and brings web and task back. Until that transaction
# the old database is as it was, and a run that fails or is told to end (TERM) drops the new one and brings web and task
# back. A run that was killed is made good by the next one. Afterwards the old database is <name>_before_restore.
#
# A finished restore leaves its id as a comment on both databases, in the same transaction, and in the file .restored beside
# the backups, for a database that is later replaced by other means: nothing restores it again.
#
#   FORAIL_RESTORE_ID                letters and digits, of this restore alone
#   FORAIL_RESTORE_FROM              newest, or the name of a backup without .sql.gz
#   FORAIL_RESTORE_IMAGE             image that the steps of init run with: web and task of another one get their pods
#                                    back by `pulumi up`
#   FORAIL_RESTORE_KEY_HOLDER        name of the Secret with the encryption key: the same for web and task of another one
#   FORAIL_RESTORE_JOB               name of this pod's Job
#   FORAIL_RESTORE_ATTEMPTS          pods of it that may be lost; the next one only brings web and task back
#   FORAIL_RESTORE_QUIESCE_SECONDS   how long the pods of web and task may take to end
#   FORAIL_RESTORE_SUPERUSER, FORAIL_RESTORE_SUPERUSER_PASSWORD
#                                    of a server in the cluster; without them the platform's role needs CREATEDB
#   PGPASSWORD_FORMER_1, _2, ...     the superuser's former passwords
#   DATABASE_WAIT_SECONDS            how long to wait for the server, default 300
#   and what load.sh, database.sh, migrate.sh, bootstrap.sh and scale.py beside this file read; steps.sh is there too
set -euo pipefail
umask 077

here=$(dirname -- "${BASH_SOURCE[0]}")
directory=${BACKUP_DIR:-/var/backups/forail}
reachable=false
. "$here/steps.sh"
export MIGRATIONS_CHECK=$here/migrations.py CREDENTIALS_CHECK=$here/credentials.py

say() {
    echo "restore: $1" >&2
}

fail() {
    say "$1"
    exit 1
}

for name in ID FROM IMAGE KEY_HOLDER JOB ATTEMPTS QUIESCE_SECONDS; do
    name=FORAIL_RESTORE_$name
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done
for name in MY_POD_NAMESPACE DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD FORAIL_SECRET_KEY; do
    [[ -n ${!name:-} ]] || fail "environment variable $name is missing or empty"
done
id=$FORAIL_RESTORE_ID from=$FORAIL_RESTORE_FROM image=$FORAIL_RESTORE_IMAGE job=$FORAIL_RESTORE_JOB
[[ $id =~ ^[A-Za-z0-9]+$ ]] || fail "FORAIL_RESTORE_ID must be letters and digits"
[[ $from =~ ^(newest|forail-[0-9]{8}T[0-9]{6}Z)$ ]] ||
    fail "FORAIL_RESTORE_FROM must be newest or the name of a backup, such as forail-20260101T013000Z"
finished_file=$directory/.restored
live=$DATABASE_NAME new=${DATABASE_NAME}_restoring former=${DATABASE_NAME}_before_restore
[[ ${#former} -le 63 ]] || fail "the database's name is longer than 48 characters, so the old one cannot be kept beside it"
superuser=${FORAIL_RESTORE_SUPERUSER:-}
# Whoever may make databases.
maker=${superuser:-$DATABASE_USER} maker_password=${FORAIL_RESTORE_SUPERUSER_PASSWORD:-$DATABASE_PASSWORD}

export PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGCONNECT_TIMEOUT=10 PGAPPNAME=forail-restore PGCLIENTENCODING=UTF8
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi

# Runs SQL from standard input as whoever may make databases, in the given one; the server's words go to stderr. The SQL may
# use :'live', :'new', :'former', :'owner' and :'id'.
sql() {
    PGUSER=$maker PGPASSWORD=$maker_password PGDATABASE=$1 \
        psql -X -q -A -t -v ON_ERROR_STOP=1 "${@:2}" -v live="$live" -v new="$new" -v former="$former" \
        -v owner="$DATABASE_USER" -v id="forail-restore $id:" 2> >(sed '/^NOTICE:/d; s/^/restore: /' >&2)
}

# A database in which one can stand while the others are made, renamed and dropped.
maintenance=postgres
[[ $live != postgres ]] || maintenance=template1

# With the first password that the server takes: another one for the superuser, in this same `pulumi up`, is set by init. A
# server that restarts takes none for a while.
log_in() {
    local name deadline=$((SECONDS + ${DATABASE_WAIT_SECONDS:-300}))
    until pg_isready -q -t 5 -d "$maintenance"; do
        [[ $SECONDS -lt $deadline ]] || break
        say "waiting for $PGHOST:$PGPORT"
        sleep 1
    done
    for name in maker_password "${!PGPASSWORD_FORMER_@}"; do
        if PGUSER=$maker PGPASSWORD=${!name} psql -X -q -d "$maintenance" -c 'SELECT 1' >/dev/null 2>&1; then
            maker_password=${!name}
            return
        fi
    done
    sql "$maintenance" >/dev/null <<<'SELECT 1' ||
        fail "cannot use the database '$maintenance' at $PGHOST:$PGPORT as '$maker'"
}

# Prints whether this restore was finished: 1 or 0. No answer is neither.
finished() {
    sql "$maintenance" <<<"SELECT count(*) FROM pg_database
        WHERE datname = :'live' AND starts_with(shobj_description(oid, 'pg_database'), :'id')"
}

# Whether this restore is in the file of finished ones, which outlives every database.
remembered() {
    [[ -f $finished_file ]] && grep -q "^$id " "$finished_file"
}

remember() {
    remembered || { printf '%s %s\n' "$id" "$1" >>"$finished_file" && sync -- "$finished_file"; } ||
        say "cannot write $finished_file: should the database be replaced by other means, take \`restore\` out of the stack file"
}

# What was restored may be gone with its server: not restored again, the platform would begin with nothing.
check_data() {
    local found
    found=$(sql "$maintenance" <<<"SELECT count(*) FROM pg_database WHERE datname = :'live'") || return
    [[ $found == 0 ]] || found=$(sql "$live" <<<"SELECT count(to_regclass('public.django_migrations'))") || return
    [[ $found != 0 ]] || fail "this restore ($id) was finished before, and '$live' is empty now: to restore into it, give \
restore.from another value (newest, or the name of a backup), or take \`restore\` out and put it back"
}

# Drops a database of this script, with whatever is still connected to it. One of another role it leaves alone: a superuser
# could drop that too.
drop() {
    sql "$maintenance" -v target="$1" >/dev/null <<'SQL'
SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS false', datname)
  FROM pg_database WHERE datname = :'target' AND pg_get_userbyid(datdba) = :'owner' \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_database ON oid = datid
 WHERE pg_database.datname = :'target' AND pg_get_userbyid(datdba) = :'owner' AND pg_has_role(usesysid, 'MEMBER');
SELECT format('DROP DATABASE %I', datname)
  FROM pg_database WHERE datname = :'target' AND pg_get_userbyid(datdba) = :'owner' \gexec
SQL
}

at_exit() {
    local status=$?
    trap '' TERM INT HUP
    end_step
    [[ $status -ne 0 ]] || exit 0
    before=$([[ $reachable != true ]] || finished) || before=
    case $before in
        0) drop "$new" && say "the database '$live' is as it was" || say "the half-made database '$new' is left: drop it" ;;
        1) say "'$live' holds the backup, and this was ended afterwards" ;;
    esac
    # Where the names may have been exchanged, pods with the image or key of before would run on the restored data.
    resumed=(resume "$image" "$FORAIL_RESTORE_KEY_HOLDER")
    if [[ $before == 0 ]]; then resumed=(resume); fi
    python3 "$here/scale.py" "${resumed[@]}" || say "web and task are left without pods: kubectl -n $MY_POD_NAMESPACE scale \
deployment/forail-web --replicas=<number>, the same for forail-task (deployment or statefulset)"
    exit "$status"
}
trap at_exit EXIT
trap 'exit 143' TERM INT HUP

# What is refused before anything changes: rights that are missing, and names that somebody else uses.
check_server() {
    local found
    found=$(sql "$maintenance" <<'SQL'
SELECT 'right' FROM pg_roles WHERE rolname = current_user AND NOT (rolsuper OR rolcreatedb)
UNION ALL SELECT 'new' FROM pg_database WHERE datname = :'new' AND pg_get_userbyid(datdba) <> :'owner'
UNION ALL SELECT 'former' FROM pg_database WHERE datname = :'former' AND (pg_get_userbyid(datdba) <> :'owner'
    OR NOT starts_with(coalesce(shobj_description(oid, 'pg_database'), ''), 'forail-restore '))
UNION ALL SELECT 'old' FROM pg_database WHERE datname = :'live';
SQL
    ) || fail "cannot read which databases there are"
    case $found in
        *right*) fail "the role '$DATABASE_USER' may not make a database: as a superuser run ALTER ROLE \"$DATABASE_USER\" \
CREATEDB, then this again; it can be taken away afterwards" ;;
        *new*) fail "the database '$new', which a restore fills first, belongs to another role: drop or rename it" ;;
        *former*) fail "the database '$former', which is to keep the old data, was not made by a restore: rename it" ;;
        *old*) ;;
        *) return 0 ;;
    esac
    # Making the new database sets the role's password, which web and task, if they have to come back, do not know yet.
    PGUSER=$DATABASE_USER PGPASSWORD=$DATABASE_PASSWORD psql -X -q -d "$live" -c 'SELECT 1' >/dev/null ||
        fail "the role '$DATABASE_USER' cannot log in to '$live': with another password in the same pulumi up, run that \
without restore first"
}

create() {
    drop "$new" || fail "the database '$new', which an earlier attempt left, cannot be dropped"
    if [[ -n $superuser ]]; then
        PGUSER=$maker PGPASSWORD=$maker_password PLATFORM_USER=$DATABASE_USER \
            PLATFORM_PASSWORD=$DATABASE_PASSWORD PLATFORM_DATABASE=$new sh "$here/database.sh"
        return
    fi
    # With the old one's encoding and locale. Which columns pg_database has depends on the server's version.
    sql "$maintenance" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L', :'new', :'owner',
              coalesce(pg_encoding_to_char(encoding), 'UTF8'))
       || coalesce(format(' LC_COLLATE %L LC_CTYPE %L', datcollate, datctype), '')
       || CASE has ->> 'datlocprovider'
              WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
                                   coalesce(has ->> 'datlocale', has ->> 'daticulocale'))
              WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', has ->> 'datlocale') ELSE '' END
  FROM (SELECT :'live' AS name) wanted LEFT JOIN (SELECT *, to_jsonb(pg_database) AS has FROM pg_database) old
    ON datname = wanted.name \gexec
SQL
}

# What hangs on the database itself and not in it. A setting or grant that may not be given again is named and left out.
carry_over() {
    sql "$maintenance" -v ON_ERROR_STOP=0 >/dev/null <<'SQL'
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'new', datconnlimit)
  FROM pg_database WHERE datname = :'live' AND datconnlimit > 0 \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'new')
  FROM pg_database WHERE datname = :'live' AND datacl IS NOT NULL \gexec
SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, :'new',
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_database, aclexplode(datacl) WHERE datname = :'live' \gexec
-- By the session's own value: a list such as search_path cannot be given as one text.
SELECT format('SELECT set_config(%L, %L, false)', name, value),
       format('ALTER %s SET %I FROM CURRENT', whose, name), format('RESET %I', name)
  FROM (SELECT CASE setrole WHEN 0 THEN format('DATABASE %I', :'new')
                            ELSE format('ROLE %s IN DATABASE %I', setrole::regrole, :'new') END AS whose,
               split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
          FROM pg_db_role_setting, unnest(setconfig) AS setting
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = :'live')) settings \gexec
SQL
}

# The one moment. Before it this drops what the last restore kept, now that there is another proven copy.
swap() {
    local sessions
    drop "$former" || fail "the database '$former', which an earlier restore kept, cannot be dropped"
    sql "$maintenance" >/dev/null <<'SQL' || fail "cannot end the sessions in '$live' and '$new'"
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname IN (:'live', :'new') AND pg_has_role(usesysid, 'MEMBER');
SQL
    sql "$maintenance" -v comment="forail-restore $id: holds ${dump##*/}" \
        -v kept="forail-restore $id: the data before it" >/dev/null <<'SQL' || {
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', :'live', :'former') AS one,
       format('COMMENT ON DATABASE %I IS %L', :'former', :'kept') AS two
 WHERE EXISTS (SELECT FROM pg_database WHERE datname = :'live') \gexec
ALTER DATABASE :"new" RENAME TO :"live";
COMMENT ON DATABASE :"live" IS :'comment';
COMMIT;
SQL
        sessions=$(sql "$maintenance" <<<"SELECT string_agg(DISTINCT usename || '/' || application_name, ', ')
            FROM pg_stat_activity WHERE datname IN (:'live', :'new')") || true
        fail "the names cannot be exchanged; still connected: ${sessions:-nobody}. End what is, then run this again"
    }
}

log_in
reachable=true
before=$(finished) || fail "cannot read whether this restore was finished before"
if [[ $before == 1 ]] || remembered; then
    [[ $before == 1 ]] || check_data || fail "cannot read whether '$live' holds data"
    remember "found finished"
    say "this restore ($id) was finished before: the data is left as it is"
    step resume python3 "$here/scale.py" resume "$image" "$FORAIL_RESTORE_KEY_HOLDER"
    exit 0
fi
check_server
lost=$(python3 "$here/scale.py" failed "$job") || fail "cannot read how often this was tried"
[[ $lost -lt $FORAIL_RESTORE_ATTEMPTS ]] || fail "given up after $lost pods that were lost or killed: \
kubectl -n $MY_POD_NAMESPACE describe pod -l job-name=$job says why; for want of memory raise init.resources.limits.memory"
# Before the lock: what a backup that has it writes is of the data that is to be replaced.
file=$directory/$from.sql.gz
[[ $from != newest ]] || file=
dump=$(bash "$here/load.sh" --check ${file:+"$file"}) || fail "nothing was changed"
exec 9>"$directory/.lock" || fail "cannot open $directory/.lock: mount the backups claim at $directory"
# The kernel releases it with its holder.
step "wait for other backups and restores, an hour at most" flock --timeout 3600 9
if [[ ! -e $dump ]]; then
    say "$dump was deleted while this waited, as too old or by somebody: another pod fetches it again, where there are copies"
    # Another code than that of a refusal, after which no other pod is tried.
    exit 75
fi
say "$dump is whole, and of this platform's key"

step quiesce python3 "$here/scale.py" quiesce "$FORAIL_RESTORE_QUIESCE_SECONDS"
step create create
step carry-over carry_over
step load env DATABASE_NAME="$new" bash "$here/load.sh" "$dump"
step migrate env DATABASE_NAME="$new" bash "$here/migrate.sh"
if [[ -n $(compgen -v FORAIL_SECRET_KEY_FORMER_) ]]; then
    step re-encrypt env DATABASE_NAME="$new" bash "$here/reencrypt.sh"
fi
step bootstrap env DATABASE_NAME="$new" bash "$here/bootstrap.sh"
step swap swap
remember "${dump##*/}"
say "'$live' holds $dump; the data before it is kept as '$former'"
step resume python3 "$here/scale.py" resume "$image" "$FORAIL_RESTORE_KEY_HOLDER"
