#!/bin/bash
# The web pod's probe, through its own nginx. It never starts forail-manage, which costs six to ten seconds.
#
#   ready   the API answers 200 with its version; the 302 to the "migrations have not run" page is not ready. It answers
#           without Redis too, and stays ready: every pod has the same Redis, so leaving the Service would help nobody,
#           and would take the API and the login away where only live updates and job output wait
#   live    nginx answers, whatever the status, by itself: the API waits for its database and for Redis, and an
#           unreachable one must not restart the pod. Supervisord watches over the other processes
#
#   WEB_PROBE_PORT      default 8013
#   WEB_PROBE_SECONDS   default 5; keep it below the probe's timeoutSeconds
set -euo pipefail

mode=${1:-}
case "$mode" in
    ready) path=/api/v2/ping/ ;;
    live) path=/nginx/live ;;
    *)
        echo "web probe: usage: web.sh ready|live" >&2
        exit 2
        ;;
esac
url=http://127.0.0.1:${WEB_PROBE_PORT:-8013}$path

# The Host header is one that Forail always allows; a pod's address is not, and gets 400.
response=$(curl --silent --show-error --noproxy '*' --max-time "${WEB_PROBE_SECONDS:-5}" --header 'Host: localhost' \
    --write-out '\n%{http_code}' "$url" 2>&1) || {
    echo "web probe: no answer from $url: $response" >&2
    exit 1
}
status=${response##*$'\n'}
body=${response%$'\n'*}
[[ $mode == ready ]] || exit 0

if [[ $status != 200 ]]; then
    echo "web probe: $url answers $status instead of 200" >&2
    exit 1
fi
if [[ ! $body =~ ^[[:space:]]*\{.*\"version\"[[:space:]]*: ]]; then
    echo "web probe: $url answers 200 without the API's version" >&2
    exit 1
fi
