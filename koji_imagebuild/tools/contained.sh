#!/bin/sh
# Run a command so that nothing of it stays: mounts and processes go when it ends, however it ends.
# Its / is a mount point: bubblewrap and buildah need that, and in a plain chroot it is none.
# usage: contained.sh COMMAND [ARGUMENT...]
#
# Tools do not clean up when they are signalled, and their children would run on. Process 1 of a
# namespace takes all of them along, and their mounts go with the last of them.
set -u

# Process 1 of the namespace.
first() {
    top=$1
    shift
    tool=
    trap 'if [ -n "$tool" ]; then kill -INT "-$tool"; else exit 130; fi' INT TERM
    # Its own /var/log: kojid uploads whatever is called dnf*.log there, and follows links
    # (builder/kojid:482), or waits for ever for a pipe.
    mount -t tmpfs none /var/log
    mount --rbind / "$top" || exit 125
    mount --make-rprivate "$top"
    # A process group of its own: osbuild hangs when it alone gets SIGINT.
    # A shell lets what it puts into the background ignore SIGINT.
    env --default-signal=INT,QUIT setsid chroot "$top" "$@" &
    tool=$!
    wait "$tool"
    status=$?
    # A signal ends "wait", not the tool.
    while [ -e "/proc/$tool/exe" ]; do wait "$tool"; done
    exit "$status"
}

# Koji cancels by SIGINT, one process after the other with 3 seconds for each (koji/daemon.py,
# cleanupTask), and osbuild clears up when its whole group gets it.
# shellcheck disable=SC2317  # traps call it
end() {
    one='' rest=''
    trap '' INT TERM HUP
    # unshare lets no signal through; process 1 is its only child.
    read -r one rest <"/proc/$contained/task/$contained/children"
    [ -z "$one$rest" ] || kill -INT "$one"
    # By the clock, because on a loaded machine every sleep takes longer: one to two seconds.
    read -r begun rest </proc/uptime
    now=$begun
    while [ -e "/proc/$contained/exe" ] && [ "$((${now%.*} - ${begun%.*}))" -lt 2 ]; do
        sleep 0.1
        read -r now rest </proc/uptime
    done
    kill -KILL "$contained"
    wait "$contained"
    rmdir "$top"
    exit "$1"
} 2>/dev/null

if [ "$1" = --first ]; then
    shift
    first "$@"
fi

# In the namespace it is a mount; here it stays an empty folder.
top=$(mktemp -d "${0%/*}/top.XXXXXX") || exit 125
# "unchanged": in a chroot / is no mount point, so its propagation could not be set.
env --default-signal=INT,QUIT \
    unshare --mount --pid --fork --kill-child --mount-proc --propagation unchanged -- \
    /bin/sh "$0" --first "$top" "$@" &
contained=$!
trap 'end 130' INT
trap 'end 143' TERM HUP
wait "$contained"
status=$?
rmdir "$top"
exit "$status"
