#!/usr/bin/env bash
# Shows that Parley sets itself up on a machine with nothing but Debian 12, its python3, make and a C compiler:
# makes such a root with debootstrap, puts the committed state of this checkout into it, and runs `make run`,
# `make demo` and, when asked, `make test` there twice in a row, as root and as an ordinary user.
#
#   tools/fresh_machine.sh                    run and demo, as root and as a user
#   tools/fresh_machine.sh run demo test      make test too (an hour or more)
#   TESTS="tests/core tests/tl" tools/fresh_machine.sh test      `make test` with all checks and these tests alone
#   AS=user tools/fresh_machine.sh run        one of the two
#
# Needs root and debootstrap. Where packages come from is taken from this machine when it runs: apt's own list of
# sources (or MIRROR), and the files and variables by which pip, npm and TLS are configured. ROOT_DIR keeps the root.
set -euo pipefail
cd "$(dirname "$0")/.."

steps=("${@:-run}")
(($#)) || steps=(run demo)
people=(${AS:-root user})
root_dir=${ROOT_DIR:-$(mktemp -d /var/tmp/parley-fresh.XXXXXX)}
mirror=${MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)}
limit=${LIMIT:-7200}

say() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }

make_root() {
    [[ -x $root_dir/usr/bin/make ]] && return
    say "making a Debian 12 root"
    debootstrap --variant=minbase --include=python3,make,gcc,libc6-dev,ca-certificates bookworm "$root_dir" "$mirror" \
        >"$root_dir.log" 2>&1 || { tail -n 20 "$root_dir.log"; exit 1; }
    chroot "$root_dir" useradd --create-home --shell /bin/bash ann
}

# Only what reaches a network: addresses of names, certificates, and where packages come from.
copy_network() {
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/npmrc "$HOME/.npmrc" "$HOME/.config/pip/pip.conf" \
        /etc/ssl/certs/ca-certificates.crt "${SSL_CERT_FILE:-}" "${PIP_CERT:-}" "${NODE_EXTRA_CA_CERTS:-}"; do
        [[ -f $file ]] || continue
        install -D -m 644 "$file" "$root_dir$file"
        case $file in "$HOME"/*) install -D -m 644 "$file" "$root_dir/home/ann/${file#"$HOME"/}" ;; esac
    done
    chroot "$root_dir" chown -R ann: /home/ann
    compgen -e | grep -E '^(https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|PIP_|UV_|SSL_CERT_|NODE_EXTRA_CA|npm_config_)' |
        while read -r name; do printf 'export %s=%q\n' "$name" "${!name}"; done >"$root_dir/etc/network-variables"
}

home_of() { [[ $1 == root ]] && echo /root || echo /home/ann; }

put_checkout() {
    local home
    home=$(home_of "$1")
    rm -rf "$root_dir$home/parley"
    mkdir -p "$root_dir$home/parley"
    git archive HEAD | tar -x -C "$root_dir$home/parley"
    [[ $1 == root ]] || chroot "$root_dir" chown -R ann: "$home/parley"
}

# Runs a command inside, with mounts and processes of its own that end with it.
inside() {
    local who=$1 login=root
    shift
    [[ $who == root ]] || login=ann
    timeout --kill-after=60 "$limit" unshare --mount --pid --fork --kill-child -- bash -c '
        mount --make-rprivate /
        mount -t proc proc "$0/proc"
        mount --rbind /dev "$0/dev"
        mount -t sysfs -o ro sys "$0/sys"
        exec chroot "$0" su - "$1" -c ". /etc/network-variables; cd parley && $2"
    ' "$root_dir" "$login" "$*"
}

# Starts a server by make, waits for its ready line, asks it how it is, ends it, and wants exit code 0.
serve() {
    local who=$1 step=$2
    cat >"$root_dir/tmp/served-$who.py" <<'PYTHON'
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

step, arguments = sys.argv[1:]
process = subprocess.Popen(["make", step, f"ARGS={arguments}"], stdout=subprocess.PIPE, text=True)
for line in process.stdout:
    print(line, end="", flush=True)
    if found := re.match(r"ready mtproto=\S+ http=(http://\S+)", line):
        break
else:
    sys.exit(process.wait() or 1)
print(urllib.request.urlopen(found[1] + "/healthz", timeout=30).read().decode(), flush=True)
for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
    os.kill(int(child), signal.SIGTERM)
sys.exit(process.wait())
PYTHON
    inside "$who" "python3 /tmp/served-$who.py $step '--dev --host 127.0.0.1 --mtproto-port 0 --http-port 0'"
}

failed=0
make_root
copy_network
for who in "${people[@]}"; do
    put_checkout "$who"
    for step in "${steps[@]}"; do
        for time in 1 2; do
            began=$SECONDS
            if [[ $step == test ]]; then inside "$who" "PYTEST_ADDOPTS='${TESTS:-}' make test"; else serve "$who" "$step"; fi >"$root_dir.$who.$step.$time" 2>&1 &&
                result=passed || { result=FAILED failed=1; tail -n 40 "$root_dir.$who.$step.$time"; }
            say "make $step as $who, time $time: $result ($((SECONDS - began)) s)"
        done
    done
done
[[ -n ${ROOT_DIR:-} ]] || rm -rf "$root_dir"
exit $failed
