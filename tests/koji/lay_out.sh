#!/bin/sh
# Lay Koji's and mock's source trees out as their packages install them: a folder for KOJI_TREE.
# Python modules they need and the system lacks are not fetched; KOJI_TREE may hold them too.
set -eu

[ $# -eq 3 ] || {
    echo "usage: $0 KOJI_SOURCE MOCK_SOURCE FOLDER" >&2
    exit 2
}
koji=$1 mock=$2 tree=$3
# Where the system's python3 looks for packages: Debian's layout, else Fedora's.
modules=$(/usr/bin/python3 -c '
import sys
print(next(p for p in reversed(sys.path) if p.endswith(("dist-packages", "site-packages"))))')

into() { # into FOLDER FILE...: executable programs
    folder=$tree$1
    shift
    mkdir -p "$folder"
    install -m 755 "$@" "$folder"
}

mkdir -p "$tree$modules" "$tree/usr/share/koji" "$tree/usr/share/koji-hub" "$tree/etc/mock"
cp -R "$koji/koji" "$koji/kojihub" "$mock/mock/py/mockbuild" "$tree$modules"
cp "$koji/kojihub/app/kojiapp.py" "$tree/usr/share/koji-hub"
cp "$koji"/schemas/*.sql "$tree/usr/share/koji"
into /usr/sbin "$koji/builder/kojid" "$koji/util/kojira"
into /usr/libexec/kojid "$koji/builder/mergerepos"
into /usr/lib/koji-hub-plugins "$koji"/plugins/hub/*.py
into /usr/lib/koji-builder-plugins "$koji"/plugins/builder/*.py
cp -R "$mock"/mock/etc/mock/. "$tree/etc/mock"
cp "$mock/mock/docs/site-defaults.cfg" "$tree/etc/mock"
into /usr/libexec/mock "$mock/mock/py/mock.py"
mv "$tree/usr/libexec/mock/mock.py" "$tree/usr/libexec/mock/mock"

# What the two spec files substitute.
sed -i -e 's|^VERSION *=.*|VERSION = "source"|' -e 's|^SYSCONFDIR *=.*|SYSCONFDIR = "/etc"|' \
    -e "s|^PYTHONDIR *=.*|PYTHONDIR = \"$modules\"|" \
    -e "s|^PKGPYTHONDIR *=.*|PKGPYTHONDIR = \"$modules/mockbuild\"|" \
    "$tree$modules/mockbuild/constants.py"
sed -i '1s|.*|#!/usr/bin/python3|' "$tree/usr/sbin/kojid" "$tree/usr/sbin/kojira" \
    "$tree/usr/libexec/kojid/mergerepos" "$tree/usr/libexec/mock/mock"
