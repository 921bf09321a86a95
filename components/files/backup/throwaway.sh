#!/bin/sh
# Starts a PostgreSQL server for a drill, beside the container that loads a dump into it: on the loopback address only, with
# a superuser's password that is made here and never leaves the pod. Nothing on it is worth keeping, so it is fast instead of
# safe.
#
# Usage: throwaway.sh [OPTION...]     options go to the server
#   THROWAWAY_DIR     folder in memory that both containers mount; gets the file `password`
#   POSTGRES_USER, PGDATA, PGPORT     as the image's entrypoint and the server have them
set -eu
umask 077

fail() {
    echo "throwaway: $1" >&2
    exit 1
}

[ -n "${THROWAWAY_DIR:-}" ] && [ -d "$THROWAWAY_DIR" ] && [ -w "$THROWAWAY_DIR" ] ||
    fail "THROWAWAY_DIR is not a folder that can be written: mount one that both containers share"

# A server that crashed starts again with the data that it has, and its old password.
if [ ! -s "$THROWAWAY_DIR/password" ]; then
    bytes=$(head -c 32 /dev/urandom | od -A n -t x1 | tr -d ' \n')
    [ "${#bytes}" -eq 64 ] || fail "cannot make a password: is there no /dev/urandom?"
    printf '%s' "$bytes" >"$THROWAWAY_DIR/password.partial" || fail "cannot write $THROWAWAY_DIR/password"
    mv "$THROWAWAY_DIR/password.partial" "$THROWAWAY_DIR/password"
fi

export POSTGRES_PASSWORD_FILE="$THROWAWAY_DIR/password"
# initdb would otherwise trust everybody who comes from the loopback address.
export POSTGRES_INITDB_ARGS="--auth=scram-sha-256 --no-sync"
exec docker-entrypoint.sh postgres -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
    -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off "$@"
