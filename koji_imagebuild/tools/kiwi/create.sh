#!/bin/sh
# Make the images of one type from a prepared root, bundle them and list the RPMs in them.
# usage: create.sh FOLDER PREPARED CONFIG RELEASE KIWI-STEM STEM [KIWI-OPTION...]
#   FOLDER    where it happens: root/ is made from; result/, bundle/ and rpms.tsv come out
#   PREPARED  a root that several types are made from, or "-" when FOLDER/root is prepared
#   CONFIG    kiwi's runtime configuration
#   RELEASE   for --id
#   KIWI-STEM what kiwi's names start with, and what comes in its place: STEM
# Mounts are left to the namespace that this runs in.
set -eu
folder=$1 prepared=$2 config=$3 release=$4 kiwi_stem=$5 stem=$6
shift 6

# "system create" writes into its root, and the next type must not see that.
enter_root() {
    mkdir -p "$folder/root" "$folder/upper" "$folder/work"
    if mount -t overlay overlay -o \
        "lowerdir=$prepared,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"; then
        return
    fi
    echo "create.sh: no overlay here, trying a copy that shares its blocks"
    # One file first: a file system without reflinks would complain about every single one.
    if cp --reflink=always "$prepared/image/config.xml" "$folder/clone" &&
        cp -a --reflink=always "$prepared/." "$folder/root"; then
        return
    fi
    echo "create.sh: no such copy either: this type is made from the prepared root itself"
    mount --bind "$prepared" "$folder/root"
}

# NAME EPOCH VERSION RELEASE ARCH SIGMD5 SIZE BUILDTIME LICENSE, from the image's own database.
list_rpms() {
    for database in usr/lib/sysimage/rpm var/lib/rpm; do
        for file in rpmdb.sqlite Packages.db Packages; do
            if [ -e "$folder/root/$database/$file" ]; then
                rpm --root "$folder/root" --dbpath "/$database" -qa --queryformat \
                    '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SIGMD5}\t%{LONGSIZE}\t%{BUILDTIME}\t%{LICENSE}\n'
                return
            fi
        done
    done
    echo "create.sh: the image has no RPM database" >&2
}

# Checksums and settings of virtual machines hold the names of their images.
rename_files() {
    for file in "$folder/bundle/$kiwi_stem"*; do
        # Without any there is only the pattern; what is missing is told when files are collected.
        [ -e "$file" ] || [ -L "$file" ] || continue
        case $file in
            *.sha256 | *.sha512 | *.vmx) sed -i "s/$kiwi_stem/$stem/g" "$file" ;;
        esac
        mv -- "$file" "$folder/bundle/$stem${file#"$folder/bundle/$kiwi_stem"}"
    done
}

[ "$prepared" = - ] || enter_root
kiwi-ng --config="$config" --debug "$@" \
    system create --root="$folder/root" --target-dir="$folder/result"
list_rpms >"$folder/rpms.tsv"
kiwi-ng --config="$config" --debug \
    result bundle --target-dir="$folder/result" --bundle-dir="$folder/bundle" --id="$release"
[ "$kiwi_stem" = "$stem" ] || rename_files
