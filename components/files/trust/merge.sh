#!/bin/bash
# Writes one file with the CAs of this image and those that the stack adds. Programs that are told of a file read no other
# store, so it must hold both. Runs before the containers of a pod; they mount the folder that it writes to.
#
# Usage: merge.sh ADDED STORE     ADDED: PEM of the stack's CAs; STORE: the file to write
#   SYSTEM_STORES     default the places of Debian, Alpine and Red Hat; the first that exists is taken
set -euo pipefail

added=$1 store=$2
fail() {
    echo "trust: $1" >&2
    exit 1
}

[[ -s $added ]] || fail "$added is empty or missing: put the CAs' PEM into the key that trust names"
begun=$(grep -c -e '^-----BEGIN CERTIFICATE-----' "$added" || true)
ended=$(grep -c -e '^-----END CERTIFICATE-----' "$added" || true)
# What follows an unfinished block would be lost too, the image's own CAs among it.
[[ $begun -gt 0 && $begun -eq $ended ]] ||
    fail "$added is not PEM: $begun certificates begin and $ended end; put whole -----BEGIN CERTIFICATE----- blocks there"
! grep -q -e 'PRIVATE KEY-----' "$added" ||
    fail "$added holds a private key, which every pod would read: take it out, and make a new one"

system=
for candidate in ${SYSTEM_STORES:-/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
    /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem /etc/ssl/cert.pem}; do
    if [[ -s $candidate ]]; then
        system=$candidate
        break
    fi
done
[[ -n $system ]] || echo "trust: this image brings no CAs of its own: only the stack's are trusted" >&2

# A file that was not written whole must not be read. Each part may lack the line end after its last block.
{
    [[ -z $system ]] || cat -- "$system"
    echo
    cat -- "$added"
} >"$store.part"
mv -- "$store.part" "$store"
echo "trust: $begun CAs beside those of ${system:-no file}"
