#!/bin/bash
# Sourced by the scripts that take web and task away: steps that can be ended with all that they started. What outlived its
# script, such as a re-encryption, could be committed after web and task came back.
#
# The script has its own `say TEXT`, calls end_step first in its EXIT trap, and nothing else is in the background.
set -euo pipefail
# Each step is a process group of its own.
set -m

child=

# Runs a step to its end, or until the script is told to end; a step that fails ends the script.
step() {
    say "$1"
    "${@:2}" &
    child=$!
    wait "$child" || {
        child=
        say "the step '$1' failed; the reason is above"
        exit 1
    }
    child=
}

# Ends the step that runs, if one does.
end_step() {
    [[ -n $child ]] || return 0
    kill -KILL -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
}
