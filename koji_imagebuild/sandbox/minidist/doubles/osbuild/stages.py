"""The stages that this osbuild knows: schema of the options, and what runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import archives, disks, faults, packages, settings
from .schema import closed, strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .work import Runner

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_THING: dict[str, Any] = {"type": "object"}
_SWITCH = {"type": "boolean"}


@dataclass(frozen=True)
class Kind:
    """A type of stage."""

    options: Mapping[str, Any]
    run: Runner


KINDS: Mapping[str, Kind] = {
    "org.osbuild.noop": Kind(_THING, settings.noop),
    "org.osbuild.error": Kind(closed({"returncode": {"type": "number"}}), settings.error),
    "org.osbuild.rpm": Kind(
        closed(
            {
                "dbpath": _TEXT,
                "gpgkeys": _TEXTS,
                "gpgkeys.fromtree": _TEXTS,
                "rpmkeys": _THING,
                "disable_dracut": _SWITCH,
                "exclude": _THING,
                "install_langs": _TEXTS,
                "ostree_booted": _SWITCH,
                "kernel_install_env": _THING,
            }
        ),
        packages.rpm,
    ),
    "org.osbuild.hostname": Kind(strings("hostname"), settings.hostname),
    "org.osbuild.locale": Kind(strings("language"), settings.locale),
    "org.osbuild.timezone": Kind(strings("zone"), settings.timezone),
    "org.osbuild.users": Kind(closed({"users": _THING}), settings.users),
    "org.osbuild.systemd.unit.create": Kind(
        closed(
            {"filename": _TEXT, "unit-type": _TEXT, "unit-path": _TEXT, "config": _THING},
            *("filename", "config"),
        ),
        settings.systemd_unit,
    ),
    "org.osbuild.copy": Kind(
        closed({"paths": {"type": "array", "items": _THING}}, "paths"), disks.copy
    ),
    "org.osbuild.truncate": Kind(strings("filename", "size"), disks.truncate),
    "org.osbuild.sfdisk": Kind(
        closed(
            {"label": _TEXT, "uuid": _TEXT, "partitions": {"type": "array", "items": _THING}},
            "label",
        ),
        disks.sfdisk,
    ),
    "org.osbuild.mkfs.ext4": Kind(strings("uuid", optional=("label",)), disks.mkfs_ext4),
    "org.osbuild.qemu": Kind(
        closed({"filename": _TEXT, "format": _THING}, "filename", "format"), disks.qemu
    ),
    "org.osbuild.xz": Kind(strings("filename"), archives.xz),
    "org.osbuild.zstd": Kind(strings("filename"), archives.zstd),
    "org.osbuild.tar": Kind(
        closed(
            {
                "filename": _TEXT,
                "format": _TEXT,
                "compression": _TEXT,
                "acls": _SWITCH,
                "selinux": _SWITCH,
                "xattrs": _SWITCH,
                "root-node": _TEXT,
                "paths": _TEXTS,
            },
            "filename",
        ),
        archives.tar,
    ),
    "org.osbuild.oci-archive": Kind(
        closed(
            {"architecture": _TEXT, "filename": _TEXT, "config": _THING, "annotations": _THING},
            *("architecture", "filename"),
        ),
        archives.oci,
    ),
    "org.osbuild.xorrisofs": Kind(
        strings("filename", "volid", optional=("sysid", "pub", "appid", "prep")), archives.iso
    ),
    "org.osbuild.ostree.commit": Kind(
        strings("ref", optional=("os_version", "parent")), archives.ostree_commit
    ),
    "org.osbuild.bootc.install-to-filesystem": Kind(_THING, disks.bootc),
    faults.STAGE: Kind(
        closed({"fault": _TEXT, "seconds": {"type": "number"}}, "fault"), faults.run
    ),
}
