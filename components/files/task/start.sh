#!/bin/bash
# Starts the task pod: enables its node again if it was drain.sh that disabled it, then hands over to the image's own start.
# A node that an administrator disabled stays disabled. While the database does not answer it tries again: nothing of the
# image could start either, and the startup probe bounds the time.
#
#   START_RETRY_SECONDS     default 5
#   for the database see sql.sh
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
# One statement: killed at any point, the note and what it stands for are both there or both gone.
until enabled=$(bash "$here/sql.sh" <<<"
    WITH noted AS (DELETE FROM conf_setting WHERE key = :'marker' RETURNING key)
    UPDATE main_instance SET enabled = true
    WHERE hostname = :'node' AND NOT enabled AND EXISTS (SELECT FROM noted)
    RETURNING hostname"); do
    echo "start: cannot read whether node ${FORAIL_NODE_NAME:-} was drained (the reason is above); trying again" >&2
    sleep "${START_RETRY_SECONDS:-5}"
done
[[ -z $enabled ]] || echo "start: node $enabled was disabled by the drain of its last pod and is enabled again"
exec launch_awx_task.sh
