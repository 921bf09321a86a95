#!/bin/bash
# Runs SQL from standard input on the platform's database and prints its rows, or fails within ten seconds with the
# server's reason. The SQL may use :'node', the name of this pod's node, and :'marker', the key of the row in conf_setting
# that says that it was drain.sh, and not an administrator, who disabled the node.
#
#   FORAIL_NODE_NAME, DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD     required
#   DATABASE_SSLMODE, DATABASE_SSLROOTCERT                                                              optional
set -euo pipefail

for name in FORAIL_NODE_NAME DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD; do
    if [[ -z ${!name:-} ]]; then
        echo "environment variable $name is missing or empty" >&2
        exit 1
    fi
done

export PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT PGDATABASE=$DATABASE_NAME PGUSER=$DATABASE_USER
export PGPASSWORD=$DATABASE_PASSWORD PGCONNECT_TIMEOUT=5 PGAPPNAME=forail-task PGCLIENTENCODING=UTF8
if [[ -n ${DATABASE_SSLMODE:-} ]]; then export PGSSLMODE=$DATABASE_SSLMODE; fi
if [[ -n ${DATABASE_SSLROOTCERT:-} ]]; then export PGSSLROOTCERT=$DATABASE_SSLROOTCERT; fi
# No tenant, so that row-level security hides no job. The server gives up by itself too: a statement that waits for a lock
# must not take effect after this process has ended.
export PGOPTIONS="-c forail.current_tenant_id= -c statement_timeout=4000"

status=0
timeout 10 psql -X -q -A -t -v ON_ERROR_STOP=1 -v node="$FORAIL_NODE_NAME" \
    -v marker="FORAIL_STACK_DRAINED_NODE:$FORAIL_NODE_NAME" || status=$?
# timeout's own code; everything else was said by psql.
[[ $status -ne 124 ]] || echo "the database at $PGHOST:$PGPORT did not answer within 10 s" >&2
exit "$status"
