"""The commands and flags that image-builder 79 has."""

from __future__ import annotations

from .flags import Command, Flag, boolean, integer, size

PROGRAM = "image-builder"
_OLD = "Use --force-repo-dir instead"

COMMON = (
    Flag("force-repo", repeatable=True),
    Flag("extra-repo", repeatable=True),
    Flag("force-repo-dir"),
    Flag("force-data-dir", target="force-repo-dir", deprecated=_OLD),
    Flag("data-dir", target="force-repo-dir", deprecated=_OLD),
    Flag("force-defs-dir"),
    Flag("output-dir"),
    Flag("verbose", boolean, default=False, short="v"),
    Flag("help", boolean, default=False, short="h"),
)
_MANIFEST = (
    Flag("blueprint"),
    Flag("seed", integer, default=0),
    Flag("arch"),
    Flag("distro"),
    Flag("ostree-ref"),
    Flag("ostree-parent"),
    Flag("ostree-url"),
    Flag("bootc-ref"),
    Flag("bootc-build-ref"),
    Flag("bootc-installer-payload-ref"),
    Flag("bootc-default-fs"),
    Flag("bootc-no-default-kernel-args", boolean, default=False),
    Flag("bootc-pull-container", boolean, default=False),
    Flag("image-size", size, default=0),
    Flag("use-librepo", boolean, default=True),
    Flag("with-sbom", boolean, default=False),
    Flag("with-rpmlist", boolean, default=False),
    Flag("ignore-warnings", boolean, default=False),
    Flag("registrations"),
    Flag("rpmmd-cache"),
    Flag("preview", boolean, default=True),
)
_UPLOAD = (
    *(Flag(f"aws-{name}") for name in ("ami-name", "bucket", "region", "profile", "boot-mode")),
    Flag("aws-tag", repeatable=True),
    *(Flag(f"libvirt-{name}") for name in ("connection", "pool", "volume")),
    *(Flag(f"openstack-{name}") for name in ("image", "disk-format", "container-format")),
    *(Flag(f"ibmcloud-{name}") for name in ("bucket", "region", "image-name")),
    *(Flag(f"azure-{name}") for name in ("client-id", "client-secret", "tenant")),
    *(Flag(f"azure-{name}") for name in ("subscription", "resource-group", "image-name")),
)
_BUILD = (
    *_MANIFEST,
    *_UPLOAD,
    Flag("with-manifest", boolean, default=False),
    Flag("with-buildlog", boolean, default=False),
    Flag("with-metrics", boolean, default=False),
    Flag("with-upload-result", boolean, default=False),
    Flag("cache", default="/var/cache/image-builder/store"),
    Flag("progress", default="auto"),
    Flag("output-name"),
    Flag("in-vm", boolean, default=False),
    Flag("format"),
)

COMMANDS = (
    Command("build", _BUILD, arguments=1),
    Command("manifest", _MANIFEST, arguments=1),
    Command("list", (Flag("filter", repeatable=True), Flag("format")), aliases=("list-images",)),
    Command(
        "describe",
        (Flag("arch"), Flag("distro"), Flag("in-vm", boolean, default=False)),
        arguments=1,
        aliases=("describe-image",),
    ),
    Command("version", (Flag("format"),)),
    Command("system", (Flag("format"),)),
    Command("upload", (*_UPLOAD, Flag("to"), Flag("arch"), Flag("format")), arguments=1),
    Command("help", ()),
)
