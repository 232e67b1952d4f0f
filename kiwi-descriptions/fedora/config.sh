#!/bin/bash
# kiwi runs this inside the image when all packages are installed.
set -euo pipefail
# Written by kiwi: name, version, profiles and type attributes of this build as kiwi_* variables.
# shellcheck source=/dev/null
. /.profile
# shellcheck disable=SC2154
if [ "$kiwi_profiles" = Disk ]; then
    # Every machine makes its own at the first boot.
    echo uninitialized > /etc/machine-id
    passwd -d root
fi
