#!/bin/sh
# Run a program where osbuild and image-builder can work, and where nothing of it stays: / is a mount
# point, writing to it changes nothing, no file says that this is a container, and /etc/containers
# is there. /tmp and the folder with this checkout are the machine's own.
# usage: place.sh SCRATCH CHECKOUT COMMAND [ARGUMENT...]
set -eu

if [ "$1" != --inside ]; then
    # "unchanged": in a chroot / is no mount point, so its propagation could not be set.
    exec unshare --mount --propagation unchanged /bin/sh "$0" --inside "$@"
fi
scratch=$2
checkout=$3
shift 3

mount -t tmpfs tmpfs "$scratch"
mkdir -p "$scratch/top" "$scratch/work" "$scratch/new/etc/containers" "$scratch/new/run"
# overlayfs: a character device 0,0 hides the file below it
mknod "$scratch/new/.dockerenv" c 0 0
mknod "$scratch/new/run/.containerenv" c 0 0
mount -t overlay -o "lowerdir=/,upperdir=$scratch/new,workdir=$scratch/work" overlay "$scratch/top"
for folder in /proc /sys /dev /tmp "$checkout"; do
    mount --rbind "$folder" "$scratch/top$folder"
done
exec chroot "$scratch/top" /usr/bin/env --chdir="$PWD" "$@"
