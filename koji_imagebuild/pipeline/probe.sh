#!/bin/sh
# Tell what an image tool will find in this build root, a marked KEY=VALUE a line.
# usage: probe.sh FOLDER TOOL [ARGUMENT...]
#   tool     last line of what TOOL prints: its version
#   no_tool  the same, when TOOL fails
#   kernel   for those who read the log
#   loop     "ok", or why a loop device with a partition node cannot be had
#   bubblewrap  "ok", or why bubblewrap does not work in contained.sh, which lies in FOLDER
set -u
folder=$1
shift

say() { printf 'image-build-probe %s=%s\n' "$1" "$2"; }

# Disk images need both: mock's nspawn roots can attach a loop device, but the node of its
# partition appears on the machine's /dev only (github.com/rpm-software-management/mock/issues/1554).
probe_loop() {
    file=$folder/probe.img
    truncate -s 1M "$file" || { echo "no space for a file of 1 MiB"; return; }
    if ! device=$(losetup --find --show "$file" 2>&1); then
        rm -f "$file"
        echo "${device:-losetup failed}"
        return
    fi
    addpart "$device" 1 8 8 2>/dev/null
    tries=0
    while [ ! -b "${device}p1" ] && [ "$tries" -lt 20 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    if [ -b "${device}p1" ]; then echo ok; else echo "${device}p1 does not appear"; fi
    delpart "$device" 1 2>/dev/null
    losetup --detach "$device"
    rm -f "$file"
}

# As osbuild calls it; systemd-nspawn forbids to configure a network.
probe_bubblewrap() {
    if ! command -v bwrap >/dev/null; then
        echo "bwrap is not installed"
    elif problem=$(/bin/sh "$folder/contained.sh" bwrap --unshare-net --ro-bind / / true 2>&1); then
        echo ok
    else
        printf '%s' "$problem" | tail -n 1
    fi
}

# Status first: a shell names the line, with digits in it like a version, when TOOL is missing.
if answer=$("$@" 2>&1); then key=tool; else key=no_tool; fi
say "$key" "$(printf '%s' "$answer" | tail -n 1)"
say kernel "$(uname -r)"
say loop "$(probe_loop)"
say bubblewrap "$(probe_bubblewrap)"
