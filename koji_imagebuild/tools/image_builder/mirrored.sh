#!/bin/sh
# Run image-builder with an OSTree repository that lies here, in the place of the one at URL.
# usage: mirrored.sh REPOSITORY URL COMMAND [ARGUMENT...]
# image-builder resolves refs by HTTP only (pkg/ostree/ostree.go of its version 79). The manifest gets
# URL: osbuild finds the commit in its store and asks nobody, and another build may not.
set -eu
repository=$1 url=$2
shift 2

said=${0%/*}/mirror.said
mkfifo "$said"
# It ends with the namespace that this runs in.
/usr/bin/python3 -u -m http.server --bind 127.0.0.1 --directory "$repository" 0 >"$said" 2>/dev/null &
line=
read -r line <"$said" || :
rm "$said"
port=${line#*port }
port=${port%% *}
[ -n "$port" ] || {
    echo "error: no web server in the build root: is python3 there?" >&2
    exit 1
}
mirror=http://127.0.0.1:$port

status=0
"$@" "--ostree-url=$mirror" >"${0%/*}/mirror.json" || status=$?
escaped=$(printf %s "$url" | sed 's/[&|]/\\&/g')
sed "s|$mirror|$escaped|g" "${0%/*}/mirror.json"
rm "${0%/*}/mirror.json"
exit "$status"
