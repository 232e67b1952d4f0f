"""What image types refuse of blueprints, as pkg/policies and options.go of version 79."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from .flags import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .imagetypes import ImageType

_DENIED: Final = (
    *("/bin", "/boot", "/dev", "/efi", "/lib", "/lib64", "/lost+found", "/proc", "/run", "/sbin"),
    *("/sys", "/sysroot", "/tmp", "/usr", "/var/run", "/var/tmp"),  # noqa: S108 - of an image
)
_DENIED_FILES: Final = ("/etc/fstab", "/etc/group", "/etc/passwd", "/etc/shadow")
_ALLOWED: Final = PurePosixPath("/usr/local")
_FIPS: Final = (
    "The host building this image is not running in FIPS mode. The image will still be FIPS"
    " compliant. If you have custom steps that generate keys or perform cryptographic operations,"
    " those must be considered non-compliant.\n"
)


def warnings(custom: Mapping[str, Any], image: ImageType) -> Iterator[str]:
    """What a manifest is not made of without ``--ignore-warnings``."""
    unsupported = ("installation_device", *(() if image.bootc else ("bootloader",)))
    for key in unsupported:
        if key in custom:
            yield f"{_prefix(image)}customizations.{key}: not supported"
    if custom.get("fips") and not _host_has_fips():
        yield _FIPS


def check(custom: Mapping[str, Any], image: ImageType) -> None:
    """:raises UsageError: for a path that may not be made"""
    denied = {"directories": _DENIED, "files": (*_DENIED, *_DENIED_FILES)}
    for kind, paths in denied.items():
        given = (str(each.get("path", "")) for each in custom.get(kind, ()))
        outside = [path for path in given if _is_in(path, paths)]
        if outside:
            raise UsageError(
                f"{_prefix(image)}the following custom {kind} are not allowed: "
                f"[{' '.join(json.dumps(each) for each in outside)}]"
            )


def _is_in(path: str, folders: tuple[str, ...]) -> bool:
    above = {PurePosixPath(path), *PurePosixPath(path).parents}
    return _ALLOWED not in above and any(PurePosixPath(each) in above for each in folders)


def _host_has_fips() -> bool:
    switch = Path("/proc/sys/crypto/fips_enabled")
    return switch.is_file() and switch.read_text().strip() == "1"


def _prefix(image: ImageType) -> str:
    return f'blueprint validation failed for image type "{image.name}": '
