#!/bin/sh
# Let osbuild make one image, tell what it does, and list the RPMs that it used.
# usage: run.sh FOLDER STORE MANIFEST EXPORT
#   FOLDER  is made here: out/EXPORT/ has the image, result.json what osbuild says, rpms.tsv the RPMs
#   STORE   where osbuild keeps what it downloads
# narrate.py lies beside this script. Mounts are left to the namespace that this runs in.
set -eu
folder=$1 store=$2 manifest=$3 export=$4
mkdir -p "$folder" "$store"
mkfifo "$folder/monitor"

# Standard output gets the result, in one line at the end, so the log is told by the monitor.
/usr/bin/python3 "${0%/*}/narrate.py" "$folder/result.json" <"$folder/monitor" &
narrator=$!
# Opened for both, a pipe does not end when osbuild closes it: a process it left behind may not.
exec 8<>"$folder/monitor"
status=0
osbuild --store "$store" --output-directory "$folder/out" --export "$export" \
    --json --monitor JSONSeqMonitor --monitor-fd 3 -- "$manifest" \
    3>&8 8>&- >"$folder/result.json" || status=$?
printf '\036{"status": %s}\n' "$status" >&8
wait "$narrator"
[ "$status" = 0 ] || exit "$status"

# NAME EPOCH VERSION RELEASE ARCH SIGMD5 SIZE BUILDTIME LICENSE: osbuild's result has half of it.
# Not all sources are packages, and some images have none at all.
rpm -qp --nosignature --nodigest --nomanifest --queryformat \
    '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SIGMD5}\t%{LONGSIZE}\t%{BUILDTIME}\t%{LICENSE}\n' \
    "$store"/sources/org.osbuild.files/sha256:* >"$folder/rpms.tsv" 2>/dev/null || :
