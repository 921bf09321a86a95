#!/bin/bash
# Brings the database schema to the version of this image, unless the database is of a newer one. The first run takes
# minutes of one CPU; a run that was killed is repaired by running again (in one window only the second run succeeds), so
# nothing here has a time-out.
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
# A process of its own: Forail leaves its stored settings alone only in a process that was started as `migrate`.
bash "$here/step.sh" migrate "nothing was changed; see this container's log" forail-manage shell <"$here/migrations.py"
bash "$here/step.sh" migrate "the next attempt goes on where this one stopped; see this container's log" \
    forail-manage migrate --skip-checks --noinput </dev/null
