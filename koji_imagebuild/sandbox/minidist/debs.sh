#!/bin/bash
# debs.sh FOLDER: download the Debian packages minidist is made of.
#   FOLDER/*.deb             those that single RPMs are cut from
#   FOLDER/buildroot/*.deb   the build root, with everything its packages depend on
# apt runs on a state of its own, with the host's main source only: neither what is installed
# here nor a third party's repository changes the result.
set -euo pipefail

folder=$1
state=$folder/apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial"

for sources in /etc/apt/sources.list.d/*debian.sources /etc/apt/sources.list; do
  [ -f "$sources" ] && break
done
cat > "$state/apt.conf" <<END
Dir::State "$state";
Dir::State::status "/dev/null";
Dir::Cache "$state/cache";
Dir::Etc::SourceList "$sources";
Dir::Etc::SourceParts "/dev/null";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
END
export APT_CONFIG=$state/apt.conf

buildroot=(
  # the userland that kiwi's own scripts and mock expect
  base-files base-passwd bash coreutils cpio dash debianutils diffutils file findutils grep gzip
  hostname kmod libc-bin login make mawk mount passwd procps sed tar udev util-linux
  # packages
  dnf python3 rpm
  # containers, archives
  bzip2 rsync skopeo umoci xz-utils zstd
  # disks and live media
  dosfstools e2fsprogs fdisk gdisk mtools parted qemu-utils squashfs-tools xorriso
)

apt-get -qq update
apt-get -qq --yes --download-only install "${buildroot[@]}"
mv "$state/cache/archives" "$folder/buildroot"
cd "$folder"
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: //p')
apt-get -qq download "$kernel" busybox-static bash-static \
  bubblewrap grub-common grub-pc-bin grub2-common libefiboot1 libefivar1
