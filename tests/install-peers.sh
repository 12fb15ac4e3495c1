#!/usr/bin/env bash
# Installs the mail programs that the functional tests use as real peers: Debian's packages and one from npm.
# Does nothing when all is there. Works as root or with sudo. Arguments name further Debian packages to install.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
nodemailer=$here/OutreachRelay.FunctionalTests/Clients/nodemailer

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

has() {
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null
}

# Installing a server must not start it: port 25 of this machine is not ours to take.
install_packages() {
    local policy=/usr/sbin/policy-rc.d ours=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        ours=yes
    fi
    local preseed='postfix postfix/main_mailer_type select Local only
postfix postfix/mailname string localhost
msmtp msmtp/apparmor boolean false'
    local failed=
    {
        as_root apt-get update -qq &&
        if has debconf-set-selections; then as_root debconf-set-selections <<<"$preseed"; fi &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >&2 </dev/null || failed=yes
    if [ -n "$ours" ]; then as_root rm -f "$policy"; fi
    [ -z "$failed" ]
}

missing=("$@")
need() { has "$1" || missing+=("${2:-$1}"); }
need make
need postfix
need smtp-sink postfix
need swaks
need msmtp
need curl
need python3
need strace
need faketime
need openssl
need saslpasswd2 sasl2-bin
[ -e /usr/share/doc/libsasl2-modules ] || missing+=(libsasl2-modules)
need node nodejs
need npm
need nginx
[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || missing+=(libnginx-mod-stream)
need haproxy
need opendkim
need chromium
need rspamd
need spamd
[ -e /usr/share/spamassassin ] || missing+=(spamassassin)
[ -e /usr/lib/python3/dist-packages/dkim ] || missing+=(python3-dkim)
[ -e /usr/lib/python3/dist-packages/nacl ] || missing+=(python3-nacl)
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}" >&2
    install_packages "${missing[@]}"
    # Where systemd runs, the packages' own instances would come up at the next boot.
    for server in postfix nginx haproxy opendkim rspamd spamd; do
        if has systemctl && [[ " ${missing[*]} " == *" $server "* ]]; then
            as_root systemctl disable "$server" >/dev/null 2>&1 || true
        fi
    done
fi

if [ ! "$nodemailer/node_modules/.package-lock.json" -nt "$nodemailer/package-lock.json" ]; then
    echo "installing: nodemailer" >&2
    (cd "$nodemailer" && npm ci --loglevel=error --no-audit --no-fund </dev/null >&2)
fi
