#!/bin/sh
# Starts redis-server with the password of the environment, without putting it on a command line.
#
#   REDIS_PASSWORD      required; printable, without quotes, backslashes and blanks
#   REDIS_RUNTIME_DIR   required; an in-memory folder that this user can write to
#   REDIS_CONFIG        default /etc/redis/redis.conf
#
# Further arguments go to redis-server.
set -eu

fail() {
    echo "redis start: $1" >&2
    exit 1
}

[ -n "${REDIS_PASSWORD:-}" ] || fail "REDIS_PASSWORD is empty: Redis without a password is refused; set the Redis Secret"
case "$REDIS_PASSWORD" in
    *[!!-~]* | *\"* | *\'* | *\\*)
        fail "REDIS_PASSWORD holds a quote, a backslash, a blank or an unprintable character: choose letters and digits"
        ;;
esac
[ -n "${REDIS_RUNTIME_DIR:-}" ] || fail "REDIS_RUNTIME_DIR is empty: name an in-memory folder for the password file"

umask 077
auth="$REDIS_RUNTIME_DIR/auth.conf"
# `default_user` and `masterauth` stay untouched: one password, for the one default user.
printf 'requirepass "%s"\n' "$REDIS_PASSWORD" >"$auth" ||
    fail "cannot write $auth: mount an emptyDir with medium Memory at REDIS_RUNTIME_DIR"

unset REDIS_PASSWORD REDISCLI_AUTH
exec redis-server "${REDIS_CONFIG:-/etc/redis/redis.conf}" --include "$auth" "$@"
