#!/bin/sh
# Brings a dump with its companions from the store, and compares it with its checksum.
#
# Usage: fetch.sh NAME|newest FOLDER
#   NAME      a dump's name, forail-<UTC time>.sql.gz
#   newest    the newest by the time in its name; names of the future are left out
#
# Environment: see store.sh
set -eu

name=fetch
. "$(dirname -- "$0")/store.sh"

usage="usage: fetch.sh NAME|newest FOLDER"
[ $# -eq 2 ] || fail "give a dump and a folder; $usage"
wanted=$1 folder=$2
[ -d "$folder" ] && [ -w "$folder" ] || fail "$folder is not a folder that can be written; $usage"
case $wanted in
    newest) ;;
    forail-[0-9]*T[0-9]*Z.sql.gz) [ "$(basename -- "$wanted")" = "$wanted" ] || fail "'$wanted' is not a dump's name; $usage" ;;
    *) fail "'$wanted' is not a dump's name (forail-<UTC time>.sql.gz); $usage" ;;
esac

matches() {
    [ -f "$1.sha256" ] || return 1
    read -r recorded _ <"$1.sha256" || true
    sum=$(sha256sum <"$1") || fail "cannot read $1"
    [ "${sum%% *}" = "$recorded" ]
}

# What a restore names and the claim holds needs no store, which may be what is missing that night.
if [ "$wanted" != newest ] && [ -f "$folder/$wanted" ] && [ -f "$folder/$wanted.meta" ] && matches "$folder/$wanted"; then
    echo "fetch: $folder/$wanted was there and matches its checksum"
    exit 0
fi

list_store
[ -s "$scratch/dumps" ] || fail "there is no dump in $store: nothing was copied yet, or backups.copies.path names another place"
moment=$(now)
if [ "$wanted" = newest ]; then
    wanted=
    while read -r dump; do
        if later "$(stamp "$dump")" "$moment"; then
            echo "fetch: $dump is of the future and left out: a clock was wrong when it was made" >&2
        else
            wanted=$dump
        fi
    done <"$scratch/dumps"
    [ -n "$wanted" ] || fail "every dump in $store is of the future: a clock was wrong, so name the dump to fetch"
else
    grep -qxF -- "$wanted" "$scratch/dumps" ||
        fail "$wanted is not in $store, whose newest dumps are $(tail -n 5 "$scratch/dumps" | tr '\n' ' ')"
fi

grep -qF -- ";$wanted.sha256" "$scratch/there" ||
    fail "$wanted has no checksum in $store, so it cannot be trusted: name another dump"
# In a folder of its own until it was compared: a backup at the same time takes what is unfinished among the dumps away, and
# what the folder has is not touched by what may be damaged.
arriving=$folder/.fetching
trap 'rm -rf -- "$scratch" "$arriving"' EXIT
rm -rf -- "$arriving"
mkdir "$arriving" || fail "cannot make $arriving"
rclone copy --include "$(companions "$wanted")" "$store" "$arriving" 2>"$errors" || explain "fetch the companions of $wanted"
if [ -f "$folder/$wanted" ] && matches "$folder/$wanted"; then
    read -r here _ <"$folder/$wanted.sha256" || true
    read -r there _ <"$arriving/$wanted.sha256" || true
    [ "$here" = "$there" ] || fail "$wanted is whole in $folder, and in $store it has another checksum; neither was \
changed: the copy's checksum is damaged, or another stack uses backups.copies.path. Name it to use the one in $folder"
    rm -f -- "$arriving/$wanted.sha256"
else
    rclone copyto "$store/$wanted" "$arriving/$wanted" 2>"$errors" ||
        # What was read is not what the store's own checksum says: that is the same finding.
        grep -qiE 'corrupted on transfer|hash(es)? differ' "$errors" || explain "fetch $wanted"
    { [ -f "$arriving/$wanted" ] && matches "$arriving/$wanted"; } ||
        fail "$wanted in $store does not match its checksum: the copy is damaged. Name another dump, such as \
$(grep -vxF -- "$wanted" "$scratch/dumps" | tail -n 1)"
fi
# The dump last: whoever sees it finds its companions.
for suffix in .meta .key.enc .sha256 ''; do
    [ ! -e "$arriving/$wanted$suffix" ] || mv -- "$arriving/$wanted$suffix" "$folder/$wanted$suffix"
done
echo "fetch: $folder/$wanted is there and matches its checksum"
