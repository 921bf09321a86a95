#!/bin/bash
# The task pod's probe: receptor, dispatcher and callback receiver run, and receptor's control socket exists. It reads
# /proc itself (the image has no procps) and never starts forail-manage, which costs six to ten seconds.
#
#   TASK_PROBE_PROC     default /proc
#   TASK_PROBE_SOCKET   default /var/run/awx-receptor/receptor.sock
set -euo pipefail

proc=${TASK_PROBE_PROC:-/proc}
socket=${TASK_PROBE_SOCKET:-/var/run/awx-receptor/receptor.sock}
missing=(receptor run_dispatcher run_callback_receiver)

for file in "$proc"/[0-9]*/cmdline; do
    # A process may end while this looks at it; a zombie has no arguments.
    { mapfile -d '' -t arguments <"$file"; } 2>/dev/null || continue
    [[ ${#arguments[@]} -gt 0 ]] || continue
    for index in "${!missing[@]}"; do
        case "${missing[index]}" in
            receptor) [[ ${arguments[0]##*/} == receptor ]] || continue ;;
            *) [[ " ${arguments[*]:1} " == *" ${missing[index]} "* ]] || continue ;;
        esac
        unset 'missing[index]'
    done
done

if [[ ${#missing[@]} -gt 0 ]]; then
    echo "task probe: not running: ${missing[*]}" >&2
    exit 1
fi
if [[ ! -S $socket ]]; then
    echo "task probe: receptor has no control socket at $socket: its folder must be a writable volume" >&2
    exit 1
fi
