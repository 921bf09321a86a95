#!/bin/bash
# Runs one step of the init Job: everything it prints goes to the log, and a failure leaves one line that says why,
# last on stderr and in the termination log, where `kubectl describe pod` shows it.
#
# Usage: step.sh NAME ADVICE COMMAND [ARGUMENT...]     standard input goes to the command
#   TERMINATION_LOG   default /dev/termination-log
set -euo pipefail

name=$1 advice=$2
shift 2
termination_log=${TERMINATION_LOG:-/dev/termination-log}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
# The redirections keep both streams apart in the pod's log and read the reason from stderr alone.
{ "$@" 2>&1 >&3 3>&- | tee "$log" >&2 3>&-; } 3>&1 || status=$?
[[ $status -ne 0 ]] || exit 0

# The last line that begins like an exception names the fault; what follows it may be a second line of the message.
reason=$(grep -E '^([A-Za-z_][A-Za-z0-9_.]*(Error|Exception|DoesNotExist|Configured|Token)|bootstrap|migrations)\b' "$log" |
    tail -n 1 || true)
[[ -n $reason ]] || reason=$(grep -v '^[[:space:]]*$' "$log" | tail -n 1 || true)
case "$status:$reason" in
    # The kernel says nothing to the process that it kills: the log's last line is about something else.
    137:*)
        line="$name: exit 137: killed, which is nearly always for want of memory: raise init.resources.limits.memory; \
$advice"
        ;;
    *:bootstrap:* | *:migrations:*) line=$reason ;;
    *"password authentication failed"*)
        line="$name: exit $status: ${reason:-no message}; the database refuses the platform's password: the Secret and \
the role differ, run the database step again or set the Secret to the role's password"
        ;;
    *) line="$name: exit $status: ${reason:-no message}; $advice" ;;
esac
echo "$line" >&2
{ echo "$line" >"$termination_log"; } 2>/dev/null || true
exit "$status"
