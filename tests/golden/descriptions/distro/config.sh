#!/bin/bash
# shellcheck disable=SC2154  # kiwi sets it
set -euo pipefail
case $kiwi_profiles in
    *Container*) rm -f /etc/machine-id ;;
esac
