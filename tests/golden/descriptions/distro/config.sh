#!/bin/bash
set -euo pipefail
case $kiwi_profiles in
    *Container*) rm -f /etc/machine-id ;;
esac
