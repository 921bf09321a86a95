#!/bin/sh
# Copies every dump that the store lacks, so that a failed copy is made up the next time; then deletes there what is too old.
# A dump's companions go first, itself last; what arrived is compared. Nothing is deleted when anything went wrong.
#
#   BACKUP_DIR                 default /var/backups/forail
#   COPIES_RETENTION_DAYS      required; older copies are deleted there, by the time in the name
#   COPIES_RETENTION_COUNT     required; the newest so many stay
# and what store.sh names.
set -eu

name=copy
. "$(dirname -- "$0")/store.sh"

directory=${BACKUP_DIR:-/var/backups/forail}
[ -d "$directory" ] && [ -r "$directory" ] || fail "$directory is not a folder that can be read: mount the backups claim there"
for number in "${COPIES_RETENTION_DAYS:-}" "${COPIES_RETENTION_COUNT:-}"; do
    case $number in
        "" | *[!0-9]* | 0*) fail "COPIES_RETENTION_DAYS and COPIES_RETENTION_COUNT must be whole numbers, 1 or more" ;;
    esac
done
days=$COPIES_RETENTION_DAYS count=$COPIES_RETENTION_COUNT
moment=$(now)
oldest=$(date -u -d "@$(($(date +%s) - days * 86400))" +%Y%m%dT%H%M%SZ)

newest=
for dump in "$directory"/forail-????????T??????Z.sql.gz; do
    if [ -e "$dump" ]; then newest=$dump; fi
done
[ -n "$newest" ] || fail "there is no dump in $directory: the backup before this has written none"

list_store
# The checksums of what both have say whether a name means the same dump in both.
mkdir "$scratch/sums"
sed 's|^|/|;s|$|.sha256|' "$scratch/dumps" >"$scratch/wanted"
if [ -s "$scratch/wanted" ]; then
    rclone copy --include-from "$scratch/wanted" "$store" "$scratch/sums" 2>"$errors" || explain "read the checksums in $store"
fi
# Where the store keeps no checksum of its own, what was sent is read back.
rclone backend features "$store" >"$scratch/features" 2>"$errors" || explain "use $store"
download=
if tr -d ' \n\t' <"$scratch/features" | grep -q '"Hashes":\(\[\]\|null\)'; then download=--download; fi

first_word() {
    read -r word _ <"$1" || true
    printf '%s' "$word"
}

problems=
# What stops one dump must not stop the others.
problem() {
    echo "copy: $1" >&2
    problems="$problems $1."
}

# What is to be done with the dump $1: `copy`, `nothing`, or `refuse` where the store has another under its name.
needed() {
    there=$(sed -n "s/^\([0-9]*\);$(basename -- "$1")\$/\1/p" "$scratch/there")
    sum=$scratch/sums/$(basename -- "$1").sha256
    if [ -z "$there" ] || [ ! -f "$sum" ]; then
        # Deleted there as too old, it must not come back every night.
        if [ "$1" != "$newest" ] && later "$oldest" "$(stamp "$1")"; then echo nothing; else echo copy; fi
    elif [ "$(first_word "$sum")" != "$(first_word "$1.sha256")" ]; then
        echo refuse
    elif [ "$there" != "$(stat -c %s -- "$1")" ]; then
        # The same dump and not all of it: an upload that was cut, on a backend that shows those.
        echo copy
    else
        echo nothing
    fi
}

send() {
    base=$(basename -- "$1")
    sum=$(sha256sum <"$1") || fail "cannot read $1"
    if [ "${sum%% *}" != "$(first_word "$1.sha256")" ]; then
        problem "$1 does not match its checksum and was not copied: the claim's storage is damaged, remove this dump"
        return
    fi
    rclone copy --include "$(companions "$base")" "$directory" "$store" 2>"$errors" || explain "copy $base to $store"
    rclone copyto --ignore-times "$1" "$store/$base" 2>"$errors" || explain "copy $base to $store"
    # shellcheck disable=SC2086
    rclone check --one-way $download --include "/$base" --include "$(companions "$base")" "$directory" "$store" \
        2>"$errors" || explain "prove that $base arrived as it was sent"
    copied=$((copied + 1))
}

copied=0 kept=0
for dump in "$directory"/forail-????????T??????Z.sql.gz; do
    # A dump by hand may have deleted old ones meanwhile.
    [ -e "$dump" ] || continue
    if [ ! -f "$dump.sha256" ]; then
        problem "$dump has no .sha256 and was not copied: copy that beside it, or move the dump elsewhere"
        continue
    fi
    case $(needed "$dump") in
        copy) send "$dump" ;;
        refuse)
            problem "$(basename -- "$dump") is in $store with another content, and neither was changed: does another stack \
use backups.copies.path? Rename or remove the one there"
            ;;
        *) kept=$((kept + 1)) ;;
    esac
done
[ -z "$problems" ] || fail "copied $copied, deleted nothing there, because:$problems"

remove() {
    rclone deletefile "$store/$1" 2>"$errors" || explain "delete the old $1 in $store (all dumps were copied)"
}

list_store
removed=0 place=0 total=0
sort -r "$scratch/dumps" >"$scratch/newest-first"
while read -r dump; do
    total=$((total + 1))
    # A name of the future would keep a place for ever.
    if later "$(stamp "$dump")" "$moment"; then continue; fi
    place=$((place + 1))
    if [ "$place" -le "$count" ] || ! later "$oldest" "$(stamp "$dump")"; then continue; fi
    remove "$dump"
    sed -i "/;$dump\$/d" "$scratch/there"
    removed=$((removed + 1))
done <"$scratch/newest-first"
# Companions without a dump: of those just deleted, and of copies that never came to their end.
sed -n 's/^[0-9]*;//;/^forail-[0-9TZ]*\.sql\.gz\.\(meta\|sha256\|key\.enc\)$/p' "$scratch/there" >"$scratch/companions"
while read -r companion; do
    dump=${companion%.sql.gz.*}.sql.gz
    if later "$oldest" "$(stamp "$dump")" && ! grep -q ";$dump\$" "$scratch/there"; then remove "$companion"; fi
done <"$scratch/companions"
# What cut uploads left, once no upload can be at it any more.
rclone delete --min-age 24h --include '/forail-*.partial' "$store" 2>"$errors" || explain "delete cut uploads in $store"

echo "copy: copied $copied to $store, $kept were there; $((total - removed)) dumps are there now, deleted $removed that are" \
    "older than $days days and not among the newest $count"
