#!/bin/bash
test "$kiwi_type" = tbz || echo live > /etc/live
