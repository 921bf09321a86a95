#!/bin/sh
# Starts the edge's nginx, and has it read its certificate again when that has changed: kubelet renews the files of a
# mounted Secret, whoever writes it, within about a minute and a half.
#
#   EDGE_CERTIFICATE    folder with tls.crt and tls.key; left out where no TLS ends here
#   EDGE_CHECK_SECONDS  seconds between two looks at it, default 10
#   EDGE_SERVERS        default /etc/forail/edge/servers.conf
#   EDGE_RESOLV_CONF    default /etc/resolv.conf
#   EDGE_IPV6           the kernel's list of IPv6 addresses, default /proc/net/if_inet6
set -eu

configuration=/etc/forail/edge/nginx.conf
own=/tmp/edge
servers=${EDGE_SERVERS:-/etc/forail/edge/servers.conf}
resolv_conf=${EDGE_RESOLV_CONF:-/etc/resolv.conf}
certificate=${EDGE_CERTIFICATE:-}

fail() {
    echo "edge: $1" >&2
    exit 1
}

# nginx itself reads neither the name servers nor the search list of the pod. Two colons at least: an IPv6 address.
mkdir -p "$own" || fail "cannot write $own: mount an emptyDir at /tmp"
resolver=$(awk '$1 == "nameserver" { printf " %s", ($2 ~ /:.*:/ && $2 !~ /^\[/) ? "[" $2 "]" : $2 }' "$resolv_conf")
zone=$(awk '$1 == "search" { print $2; exit }' "$resolv_conf")
[ -n "$resolver" ] || fail "$resolv_conf names no nameserver: the pod needs dnsPolicy ClusterFirst"
[ -n "$zone" ] || fail "$resolv_conf has no search list: the pod needs dnsPolicy ClusterFirst"
# Ten seconds: a Service that was made anew has another address.
printf 'resolver%s valid=10s;\nmap "" $zone { default %s; }\n' "$resolver" "$zone" >"$own/pod.conf"
if [ -e "${EDGE_IPV6:-/proc/net/if_inet6}" ]; then
    cp "$servers" "$own/servers.conf"
else
    sed '/listen \[::\]:/d' "$servers" >"$own/servers.conf"
fi

check() {
    nginx -e /dev/stderr -t -q -c "$configuration"
}

check || fail "nginx refuses its configuration or its certificate, see above"
[ -n "$certificate" ] || exec nginx -e /dev/stderr -c "$configuration" -g 'daemon off;'

digest() {
    cat "$certificate/tls.crt" "$certificate/tls.key" 2>/dev/null | sha256sum
}

stopping= pausing=
# TERM, or QUIT as the image asks for. Before there is anything to end, so that none is lost.
trap 'stopping=1; [ -z "$pausing" ] || kill "$pausing" 2>/dev/null || true' TERM QUIT INT
# In the background, since a signal interrupts nothing but `wait`; one that came before it ends the pause too.
pause() {
    sleep "$1" &
    pausing=$!
    [ -z "$stopping" ] || kill "$pausing" 2>/dev/null || true
    wait "$pausing" || kill "$pausing" 2>/dev/null || true
    pausing=
}

in_use=$(digest)
nginx -e /dev/stderr -c "$configuration" -g 'daemon off;' &
nginx=$!
while [ -z "$stopping" ] && kill -0 "$nginx" 2>/dev/null; do
    pause "${EDGE_CHECK_SECONDS:-10}"
    found=$(digest)
    [ -z "$stopping" ] && [ "$found" != "$in_use" ] || continue
    in_use=$found
    if check; then
        echo "edge: the certificate has changed and is read again" >&2
        kill -s HUP "$nginx"
    else
        echo "edge: the changed certificate is refused, see above, and the one before stays in use: correct its Secret" >&2
    fi
done

if [ -z "$stopping" ]; then
    code=0
    wait "$nginx" || code=$?
    fail "nginx ended by itself with exit code $code"
fi
# It ends what it has begun. Again and again, because one that just starts forgets it.
while kill -s QUIT "$nginx" 2>/dev/null; do
    sleep 0.2
done
