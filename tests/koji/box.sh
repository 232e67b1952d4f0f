#!/bin/sh
# First process of the namespaces in which a Koji looks installed: nothing of the machine's /etc,
# /usr and /var is touched, what is written there goes into memory.
# usage: box.sh SCRATCH [TREE]   TREE is laid over the system's files
set -eu
scratch=$1 tree=${2:-}

over=$scratch/over
mkdir -p "$over"
# Of memory: no overlay can be written to a file system that is one itself, as in containers.
mount -t tmpfs -o mode=755 tmpfs "$over"
for top in usr etc var; do
    mkdir "$over/$top" "$over/$top.work"
    lower=/$top
    [ -z "$tree" ] || [ ! -d "$tree/$top" ] || lower=$tree/$top:/$top
    # In a container these are mounts of their own, which an overlay does not show.
    [ "$top" != etc ] || cp /etc/hosts /etc/resolv.conf "$over/etc"
    mount -t overlay -o "lowerdir=$lower,upperdir=$over/$top,workdir=$over/$top.work" overlay "/$top"
done
# A PostgreSQL that is killed leaves its shared memory.
mount -t tmpfs tmpfs /dev/shm

getent group mock >/dev/null || echo mock:x:135: >>/etc/group
getent passwd kojibuilder >/dev/null ||
    echo kojibuilder:x:135:135::/builddir:/sbin/nologin >>/etc/passwd
mkdir -p /etc/mock/koji /var/lib/mock /var/cache/mock
# kojid takes no task above a load of 4 a processor (koji/daemon.py, readyForTask), and whatever else
# the machine does counts.
echo 0-255 >"$over/processors"
mount --bind "$over/processors" /sys/devices/system/cpu/online
# The machine's dnf fills build roots: what a bootstrap root would need is not the tests' business.
echo "config_opts['use_bootstrap'] = False" >>/etc/mock/site-defaults.cfg
# Debian's rpm keeps its database in the home directory, and kojid reads the one of build roots.
mkdir -p /etc/rpm
echo '%_dbpath /var/lib/rpm' >>/etc/rpm/macros

# In place of consolehelper, for which there is no session. Who holds the lock keeps build roots
# from being filled.
rm -f /usr/bin/mock
cat >/usr/bin/mock <<WRAPPER
#!/bin/sh
case " \$* " in *" --init "*) flock --shared $scratch/roots.lock true ;; esac
USERHELPER_UID=$(id -u kojibuilder) exec /usr/libexec/mock/mock "\$@"
WRAPPER
chmod 755 /usr/bin/mock

echo ready
# A shell that waits reaps whatever is orphaned here.
while :; do
    sleep 3600 &
    wait $!
done
