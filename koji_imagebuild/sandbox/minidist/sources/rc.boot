#!/bin/sh
# The first thing init runs. Boot checks look for MINIDIST-BOOT-OK on the serial console.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -o remount,rw /
hostname minidist
# shellcheck source=/dev/null
. /etc/os-release
echo "MINIDIST-BOOT-OK $PRETTY_NAME $(uname -r) $(grep -o 'root=[^ ]*' /proc/cmdline)"
[ ! -x /etc/rc.local ] || /etc/rc.local
