#!/bin/sh
# Run "kiwi-ng ... system prepare" and see that it did.
# usage: prepare.sh ROOT COMMAND [ARGUMENT...]
set -eu
root=$1
shift

"$@"
# kiwi ends with status 0 after "Failed to set type attribute" (kiwi/tasks/system_prepare.py).
if [ ! -e "$root/image/config.xml" ]; then
    echo "kiwi-ng ended with status 0, but it prepared nothing in $root" >&2
    exit 1
fi
