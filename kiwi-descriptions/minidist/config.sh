#!/bin/bash
# kiwi runs this inside the image when all packages are installed.
set -euo pipefail
# Written by kiwi: name, version, profiles and type attributes of this build as kiwi_* variables.
# shellcheck source=/dev/null
. /.profile
# shellcheck disable=SC2154
echo "$kiwi_iname $kiwi_iversion $kiwi_profiles" > /etc/minidist-image
