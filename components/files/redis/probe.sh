#!/bin/sh
# Exits 0 when Redis answers a ping with the password of REDISCLI_AUTH. `redis-cli ping` alone exits 0 on any answer,
# also on "NOAUTH" and "LOADING". With the argument `live`, a server that still loads its data counts as alive, and so does
# one that cannot write to its disk (MISCONF): a restart frees no space, and loses what only its memory holds.
set -eu

answer=$(redis-cli -h 127.0.0.1 -p "${REDIS_PROBE_PORT:-6379}" ping 2>&1) || true
case "${1:-ready}:$answer" in
    *:PONG | live:LOADING* | live:MISCONF*) exit 0 ;;
esac
echo "redis probe: expected PONG, got: $answer" >&2
exit 1
