#!/bin/sh
# Makes the platform's role and database on the in-cluster PostgreSQL server, and proves that the role can log in.
# Every run brings both to the same state; nothing is dropped. The role owns the database and is no superuser, because
# row-level security does not bind superusers.
#
#   PGHOST, PGPORT, PGUSER, PGPASSWORD       the server's superuser
#   PGPASSWORD_FORMER_1, _2, ...             its former passwords: a server that still has one of them gets PGPASSWORD
#   PLATFORM_USER, PLATFORM_PASSWORD, PLATFORM_DATABASE
#   DATABASE_WAIT_SECONDS                    how long to wait for the server, default 300
#   TERMINATION_LOG                          where the reason of a failure goes, default /dev/termination-log
#
# Passwords travel in the environment only; psql quotes them itself.
set -eu

fail() {
    echo "database: $1" >&2
    { echo "database: $1" >"${TERMINATION_LOG:-/dev/termination-log}"; } 2>/dev/null || true
    exit 1
}

for name in PGHOST PGPORT PGUSER PGPASSWORD PLATFORM_USER PLATFORM_PASSWORD PLATFORM_DATABASE; do
    eval "value=\${$name:-}"
    [ -n "$value" ] || fail "environment variable $name is missing or empty"
done
[ "$PLATFORM_USER" != "$PGUSER" ] ||
    fail "PLATFORM_USER is the server's superuser '$PGUSER': give the platform a role of its own"

export PGCONNECT_TIMEOUT=5 PGCLIENTENCODING=UTF8 PGAPPNAME=forail-database
wait_seconds=${DATABASE_WAIT_SECONDS:-300}

# Runs SQL from standard input, stopping at the first error. Arguments go to psql.
sql() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# The last line of psql's complaint, on one line.
reason() {
    printf '%s' "$1" | tr '\n' ' ' | sed 's/  */ /g; s/ $//'
}

# Makes PGPASSWORD the superuser's password where the server still has a former one; fails where it has none of them.
set_superuser_password() {
    for name in $(env | sed -n 's/^\(PGPASSWORD_FORMER_[0-9]*\)=.*/\1/p'); do
        # In a process of its own, whose login this is. What it says on a failure is that another one is right.
        (
            export SUPERUSER_PASSWORD="$PGPASSWORD"
            eval "PGPASSWORD=\${$name}"
            sql -d postgres >/dev/null 2>&1 <<'SQL'
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
\getenv role PGUSER
\getenv password SUPERUSER_PASSWORD
ALTER ROLE :"role" PASSWORD :'password';
SQL
        ) || continue
        echo "database: the superuser '$PGUSER' has a new password" >&2
        return 0
    done
    return 1
}

deadline=$(($(date +%s) + wait_seconds))
until error=$(echo 'SELECT 1' | sql -d postgres 2>&1 >/dev/null); do
    case "$error" in
        *"password authentication failed"*)
            if set_superuser_password; then continue; fi
            fail "the server refuses the password of its superuser '$PGUSER': it was set when the data was first \
created; put the old password back in the Secret, or run ALTER ROLE in the server's pod. ($(reason "$error"))"
            ;;
        *"does not exist"* | *"no pg_hba.conf entry"*)
            fail "the server refuses '$PGUSER': its data was created with another superuser name or set of rules; use \
that name. ($(reason "$error"))"
            ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] ||
        fail "no PostgreSQL at $PGHOST:$PGPORT after $wait_seconds s; see the log of its pod. ($(reason "$error"))"
    echo "database: waiting for $PGHOST:$PGPORT: $(reason "$error")" >&2
    sleep 1
done

# Statements that hold the password must not reach the server's log, whatever it is told to log.
error=$(sql -d postgres 2>&1 >/dev/null <<'SQL'
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
\getenv role PLATFORM_USER
\getenv password PLATFORM_PASSWORD
\getenv database PLATFORM_DATABASE
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'database', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', :'database', :'role')
  FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
 WHERE datname = :'database' AND rolname <> :'role' \gexec
SQL
) || fail "cannot make role '$PLATFORM_USER' and database '$PLATFORM_DATABASE'. ($(reason "$error"))"

# A database that another role filled (a superuser, in an installation by chart) keeps its objects' owners: migrations
# would then stop with "must be owner". Objects of extensions stay with the extension, and those of other schemas, where
# Forail keeps nothing, with their owners. Each statement stands alone: one transaction cannot lock as many objects as a
# platform has partitions, and the next run goes on.
error=$(PGDATABASE=$PLATFORM_DATABASE sql 2>&1 >/dev/null <<'SQL'
\getenv role PLATFORM_USER
SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, :'role')
  FROM pg_namespace
 WHERE nspname = 'public'
   AND pg_get_userbyid(nspowner) NOT IN (:'role', 'pg_database_owner') \gexec
SELECT format('ALTER %s %s OWNER TO %I', CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' WHEN c.relkind = 'v' THEN 'VIEW'
              WHEN c.relkind = 'm' THEN 'MATERIALIZED VIEW' WHEN c.relkind = 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
              c.oid::regclass, :'role')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
   AND pg_get_userbyid(c.relowner) <> :'role'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i')))) \gexec
SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, :'role')
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'public' AND pg_get_userbyid(p.proowner) <> :'role'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                      AND d.deptype = 'e') \gexec
SELECT format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, :'role')
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE n.nspname = 'public' AND pg_get_userbyid(t.typowner) <> :'role'
   AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
                      AND d.deptype = 'e') \gexec
SQL
) || fail "cannot hand the objects in '$PLATFORM_DATABASE' to role '$PLATFORM_USER'. ($(reason "$error"))"

# The proof, as the platform itself will come: password, ownership, and no way round row-level security.
state=$(
    PGUSER=$PLATFORM_USER PGPASSWORD=$PLATFORM_PASSWORD PGDATABASE=$PLATFORM_DATABASE
    export PGUSER PGPASSWORD PGDATABASE
    sql 2>&1 <<'SQL'
SELECT 'faults:' || concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolbypassrls THEN 'bypassrls' END,
                 CASE WHEN datdba <> pg_roles.oid THEN 'not-owner' END)
  FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database();
SQL
) || fail "role '$PLATFORM_USER' cannot log in to '$PLATFORM_DATABASE'. ($(reason "$state"))"
case "$state" in
    *faults:) ;;
    *) fail "role '$PLATFORM_USER' on '$PLATFORM_DATABASE' is not as it was just made (${state##*faults:}): does something \
else manage it?" ;;
esac

echo "database: role '$PLATFORM_USER' owns database '$PLATFORM_DATABASE' on $PGHOST:$PGPORT"
