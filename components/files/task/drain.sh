#!/bin/bash
# The task pod's preStop hook: gives its node no new work and waits until the jobs that it runs, or that run in pods of
# their own under its control, have ended. TERM, which comes afterwards, would fail them within seconds.
#
# It does what `forail-manage disable_instance --wait` does and by the same conditions, but notes in the same transaction
# that the node was enabled before, so that start.sh enables it again; and it does not first load the application, which
# takes six to ten seconds of CPU in which the node would take new work.
#
# Usage: drain.sh SECONDS      how long to wait at most; must end before the pod's grace period does
#   DRAIN_LOG                  default /proc/1/fd/1, the container's log; all is said on stderr too
#   DRAIN_POLL_SECONDS         default 3
#   for the database see sql.sh
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
log=${DRAIN_LOG:-/proc/1/fd/1}
poll=${DRAIN_POLL_SECONDS:-3}
errors=$(mktemp)
trap 'rm -f -- "$errors"' EXIT

say() {
    echo "drain: $1" >&2
    { echo "drain: $1" >>"$log"; } 2>/dev/null || true
}

fail() {
    say "$1"
    exit 1
}

# Runs SQL and prints its rows; without an answer the drain ends, since nobody can tell what still runs.
ask() {
    bash "$here/sql.sh" 2>"$errors" <<<"$1" ||
        fail "not waiting for the jobs of node ${FORAIL_NODE_NAME:-}: $(tr '\n' ' ' <"$errors")"
}

limit=${1:-}
[[ $limit =~ ^[1-9][0-9]*$ ]] || fail "usage: drain.sh SECONDS, a whole number, 1 or more"

# A pod that is restarted because its dispatcher is gone has no job that could end.
if ! running=$(bash "$here/../probes/task.sh" 2>&1) && [[ $running == *run_dispatcher* ]]; then
    say "the dispatcher does not run, so there is no job to wait for"
    exit 0
fi

before=$(ask "
    WITH drained AS (
        UPDATE main_instance SET enabled = false WHERE hostname = :'node' AND enabled RETURNING hostname
    ), marked AS (
        INSERT INTO conf_setting (key, value, created, modified) SELECT :'marker', 'true', now(), now() FROM drained
    )
    SELECT CASE WHEN EXISTS (SELECT FROM drained) THEN 'enabled' ELSE 'disabled' END
    FROM main_instance WHERE hostname = :'node'")
case $before in
    enabled) say "node $FORAIL_NODE_NAME takes no new work until its pod starts again" ;;
    disabled) say "node $FORAIL_NODE_NAME was disabled before and stays so" ;;
    # The init Job removes the single node before a stack's several ones come; its jobs go on until its pod ends.
    *) say "node $FORAIL_NODE_NAME is not registered, so it takes no new work" ;;
esac

idle=0 said=
while [[ $idle -lt 2 ]]; do
    jobs=$(ask "
        SELECT string_agg(id::text, ', ' ORDER BY id) FROM main_unifiedjob
        WHERE status IN ('running', 'waiting') AND (controller_node = :'node' OR execution_node = :'node')")
    if [[ -n $jobs && $SECONDS -ge $limit ]]; then
        fail "after $limit s these jobs still run, and the end of the pod fails them: $jobs. Longer ones need a longer \
task.terminationGracePeriodSeconds"
    elif [[ -n $jobs ]]; then
        [[ $jobs == "$said" ]] || say "waiting up to $((limit - SECONDS)) s for jobs: $jobs"
        idle=0 said=$jobs
    elif [[ $SECONDS -ge $limit ]]; then
        break
    else
        # Asked twice: a scheduler that had read the list of nodes before may still hand it one more job.
        idle=$((idle + 1))
    fi
    [[ $idle -ge 2 ]] || sleep "$poll"
done
say "node $FORAIL_NODE_NAME has no job left after $SECONDS s"
