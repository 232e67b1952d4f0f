#!/bin/bash
# shellcheck disable=SC2154  # kiwi sets it
test "$kiwi_type" = tbz || echo live > /etc/live
