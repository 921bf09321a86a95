#!/usr/bin/env bash
# Installs the programs that the tests drive, where they are missing; where it may not, says how.
set -euo pipefail

looked_in="$PATH:/usr/sbin:/sbin:/usr/lib/postgresql/15/bin"
packages=()
needs() { PATH="$looked_in" type -P "$1" >/dev/null || packages+=("$2"); }
needs nginx nginx-light
needs redis-server redis-server
needs initdb postgresql-15
needs curl curl
needs openssl openssl
needs busybox busybox
needs dash dash
needs flock util-linux
needs promtool prometheus

[ "${#packages[@]}" -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "the tests drive programs that are missing here; they are in Debian's packages ${packages[*]}" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "the tests drive programs that are missing here: sudo apt-get install ${packages[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}"
