#!/bin/sh
# Run "image-builder manifest" and keep what it prints: manifest.json and messages in FOLDER.
# usage: manifest.sh FOLDER COMMAND [ARGUMENT...]
set -u
folder=$1
shift

mkdir -p "$folder"
{
    "$@" 2>&1 >"$folder/manifest.json"
    echo $? >"$folder/status"
} | tee "$folder/messages"
exit "$(cat "$folder/status")"
