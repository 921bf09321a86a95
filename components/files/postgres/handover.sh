#!/bin/sh
# Gives the server whose data a release of the vendor's Helm chart initialised the superuser that this stack works with. The
# chart made the platform's role the server's first superuser, which cannot be given up: it is renamed, and the next step,
# database.sh, makes an ordinary role of the old name and hands it the database. Every run ends in the same state, also after
# one that was stopped half-way; on a server that has the superuser already, nothing is done.
#
#   PGHOST, PGPORT                           the server
#   PGUSER, PGPASSWORD                       the superuser that it shall have
#   PGPASSWORD_FORMER_1, _2, ...             its former passwords: database.sh sets PGPASSWORD where the server has one of them
#   PLATFORM_USER, PLATFORM_PASSWORD         the release's role, superuser so far
#   DATABASE_WAIT_SECONDS                    how long to wait for the server, default 300
#   TERMINATION_LOG                          where the reason of a failure goes, default /dev/termination-log
#
# Passwords travel in the environment only; psql quotes them itself.
set -eu

fail() {
    echo "handover: $1" >&2
    { echo "handover: $1" >"${TERMINATION_LOG:-/dev/termination-log}"; } 2>/dev/null || true
    exit 1
}

for name in PGHOST PGPORT PGUSER PGPASSWORD PLATFORM_USER PLATFORM_PASSWORD; do
    eval "value=\${$name:-}"
    [ -n "$value" ] || fail "environment variable $name is missing or empty"
done
[ "$PLATFORM_USER" != "$PGUSER" ] ||
    fail "PLATFORM_USER is '$PGUSER', the superuser that the server shall have: give the platform a role of its own"

export PGCONNECT_TIMEOUT=5 PGCLIENTENCODING=UTF8 PGAPPNAME=forail-handover PGDATABASE=postgres
wait_seconds=${DATABASE_WAIT_SECONDS:-300}
# Renames the first superuser, whose own session may not.
HELPER=forail-handover
export HELPER
superuser=$PGUSER superuser_password=$PGPASSWORD
export superuser superuser_password

# Runs SQL from standard input, stopping at the first error. Arguments go to psql.
sql() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# What psql complained of, on one line.
reason() {
    printf '%s' "$1" | tr '\n' ' ' | sed 's/  */ /g; s/ $//'
}

# Connects as $1 with the password $2.
as() {
    PGUSER=$1 PGPASSWORD=$2
    export PGUSER PGPASSWORD
}

# Whether $1 may log in with the password $2: 0, or 1 if the server refuses. Waits for a server that does not answer.
logs_in() {
    as "$1" "$2"
    deadline=$(($(date +%s) + wait_seconds))
    until error=$(echo 'SELECT 1' | sql 2>&1 >/dev/null); do
        case "$error" in
            *"authentication failed"* | *"does not exist"* | *"no pg_hba.conf entry"*) return 1 ;;
        esac
        [ "$(date +%s)" -lt "$deadline" ] ||
            fail "no PostgreSQL at $PGHOST:$PGPORT after $wait_seconds s; see the log of its pod. ($(reason "$error"))"
        echo "handover: waiting for $PGHOST:$PGPORT: $(reason "$error")" >&2
        sleep 1
    done
}

# Statements that hold a password must not reach the server's log, whatever it is told to log.
quietly() {
    {
        echo "SET log_statement = 'none';"
        echo "SET log_min_duration_statement = -1;"
        echo "SET log_min_error_statement = 'panic';"
        cat
    } | sql 2>&1 >/dev/null
}

if logs_in "$superuser" "$superuser_password"; then
    error=$(echo "DROP ROLE IF EXISTS \"$HELPER\"" | sql 2>&1 >/dev/null) ||
        fail "cannot remove the role '$HELPER', which was only for the handover. ($(reason "$error"))"
    echo "handover: the server has its superuser '$superuser' already"
    exit 0
fi
refused=$(reason "$error")
for name in $(env | sed -n 's/^\(PGPASSWORD_FORMER_[0-9]*\)=.*/\1/p'); do
    eval "former=\${$name}"
    if logs_in "$superuser" "$former"; then
        echo "handover: the server has its superuser '$superuser' already, with a former password"
        exit 0
    fi
done

logs_in "$PLATFORM_USER" "$PLATFORM_PASSWORD" || fail "the server refuses both '$superuser' and '$PLATFORM_USER': name \
the release's role in postgres.user, and put its password back into the Secret. ($refused; $(reason "$error"))"
state=$(sql 2>&1 <<'SQL'
\getenv superuser superuser
SELECT rolsuper, oid = 10, EXISTS (SELECT FROM pg_roles WHERE rolname = :'superuser') FROM pg_roles
 WHERE rolname = current_user;
SQL
) || fail "cannot ask the server for its roles. ($(reason "$state"))"
case "$state" in
    *"|t") fail "the server has a superuser '$superuser' with another password: put that one into the stack's secret \
postgresSuperuserPassword. ($refused)" ;;
    "f|"*) fail "'$PLATFORM_USER' is no superuser and there is no '$superuser': this data was not left by the chart. Name its \
superuser's password, or restore a dump instead" ;;
esac

if [ "$state" = "t|t|f" ]; then
    error=$(quietly <<'SQL'
\getenv helper HELPER
\getenv password superuser_password
SELECT format('CREATE ROLE %I', :'helper') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'helper') \gexec
ALTER ROLE :"helper" SUPERUSER LOGIN PASSWORD :'password';
SQL
    ) || fail "cannot make the role '$HELPER'. ($(reason "$error"))"
    as "$HELPER" "$superuser_password"
    error=$(quietly <<'SQL'
\getenv platform PLATFORM_USER
\getenv superuser superuser
\getenv password superuser_password
BEGIN;
ALTER ROLE :"platform" RENAME TO :"superuser";
ALTER ROLE :"superuser" PASSWORD :'password';
COMMIT;
SQL
    ) || fail "cannot rename the superuser '$PLATFORM_USER' to '$superuser'. ($(reason "$error"))"
else
    # Not the first superuser: another one can take its powers away, as database.sh does.
    error=$(quietly <<'SQL'
\getenv superuser superuser
\getenv password superuser_password
CREATE ROLE :"superuser" SUPERUSER LOGIN PASSWORD :'password';
SQL
    ) || fail "cannot make the superuser '$superuser'. ($(reason "$error"))"
fi

logs_in "$superuser" "$superuser_password" || fail "'$superuser' was made and cannot log in. ($(reason "$error"))"
error=$(echo "DROP ROLE IF EXISTS \"$HELPER\"" | sql 2>&1 >/dev/null) ||
    fail "cannot remove the role '$HELPER', which was only for the handover. ($(reason "$error"))"
echo "handover: '$superuser' is the superuser of $PGHOST:$PGPORT now, in place of '$PLATFORM_USER'"
