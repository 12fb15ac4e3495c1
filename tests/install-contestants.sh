#!/usr/bin/env bash
# Unpacks the mail servers that race in `make bench` beside Postfix: Debian's Exim and OpenSMTPD. They are not installed, because only one mail server
# can be: the benchmark starts them where they lie. Does nothing when they are there; without them the race names who is missing.
set -euo pipefail
cache=/var/cache/outreach-relay/contestants
packages=(exim4-daemon-light opensmtpd)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# What they need of the system: of the package's own dependencies only libraries.
libraries() {
    local name
    for name in $(dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/[|(].*//'); do
        case $name in lib*) echo "$name" ;; esac
    done
}

unpack() {
    local deb=$1 needed
    mapfile -t needed < <(libraries "$deb")
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${needed[@]}" >/dev/null </dev/null &&
        as_root dpkg-deb -x "$deb" "$cache" &&
        dpkg-deb --show --showformat='${Package} ${Version}\n' "$deb" | as_root tee -a "$cache/VERSIONS" >/dev/null
}

missing=()
for package in "${packages[@]}"; do
    grep -qs "^$package " "$cache/VERSIONS" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
chmod 755 "$download"
as_root mkdir -p "$cache"
as_root apt-get update -qq >&2 || true
for package in "${missing[@]}"; do
    echo "unpacking: $package" >&2
    if (cd "$download" && apt-get download -qq "$package" >&2); then
        unpack "$download/$package"_*.deb >&2 || echo "$package cannot be unpacked; the race goes on without it" >&2
    else
        echo "$package cannot be fetched; the race goes on without it" >&2
    fi
done
