#!/bin/bash
# undeb.sh FOLDER DEB...: unpack Debian packages into one merged-/usr tree. No maintainer script is run.
set -euo pipefail

tree=$1
shift
mkdir -p "$tree"/usr/{bin,sbin,lib,lib64}
for name in bin sbin lib lib64; do
  ln -sfn "usr/$name" "$tree/$name"
done

unpack() {
  dpkg-deb --fsys-tarfile "$2" | tar --extract --directory "$1" --keep-directory-symlink \
    --exclude=./usr/share/{bash-completion,doc,info,lintian,locale,man} \
    --exclude=./usr/lib/x86_64-linux-gnu/gconv
}
export -f unpack
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I DEB bash -euo pipefail -c 'unpack "$@"' _ "$tree" DEB
# Folders have the time of whichever package came last, and they come in parallel.
find "$tree" -type d -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
