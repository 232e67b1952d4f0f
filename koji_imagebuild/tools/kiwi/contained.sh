#!/bin/sh
# Run a command so that nothing of it stays: mounts and processes go when it ends, however it ends.
# usage: contained.sh COMMAND [ARGUMENT...]
#
# kiwi does not clean up when it is signalled, and its children would run on. As process 1 of its
# own namespace it takes all of them along, and its mounts go with the last of them.
set -u

# A shell lets what it puts into the background ignore SIGINT, and Koji cancels by SIGINT, one process
# after the other with 3 seconds for each (koji/daemon.py, cleanupTask).
# "unchanged": in a chroot / is no mount point, so its propagation could not be set.
# Its own /var/log: kojid uploads whatever is called dnf*.log there, and follows links
# (builder/kojid:482), or waits for ever for a pipe.
# shellcheck disable=SC2016  # the inner shell's
env --default-signal=INT,QUIT \
    unshare --mount --pid --fork --kill-child --mount-proc --propagation unchanged -- \
    /bin/sh -c 'mount -t tmpfs none /var/log; exec "$@"' - "$@" &
contained=$!
trap 'kill -KILL "$contained" 2>/dev/null; wait "$contained"; exit 130' INT
trap 'kill -KILL "$contained" 2>/dev/null; wait "$contained"; exit 143' TERM HUP
wait "$contained"
