"""The RPMs inside an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rpm:
    """An installed RPM, as the image's own RPM database knows it.

    :param sigmd5: hex digest of header and payload: Koji's ``payloadhash``; two RPMs of one NEVRA
        with different sigmd5 are different builds. Empty where the database has none
    :param size: installed size in bytes
    :param buildtime: seconds since 1970
    """

    name: str
    epoch: int | None
    version: str
    release: str
    arch: str
    sigmd5: str
    size: int
    buildtime: int
    license: str = ""

    @property
    def nvra(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}"

    @property
    def evr(self) -> str:
        epoch = "" if self.epoch is None else f"{self.epoch}:"
        return f"{epoch}{self.version}-{self.release}"


@dataclass(frozen=True)
class KnownRpm:
    """An RPM the hub can attach to an archive.

    :param external_repo: name of the external repository it comes from; None when Koji built it
    """

    rpm: Rpm
    external_repo: str | None = None

    def to_wire(self) -> dict[str, object]:
        """The keys ``kojihub.importImageInternal`` and ``add_external_rpm`` read."""
        wire: dict[str, object] = {
            "name": self.rpm.name,
            "version": self.rpm.version,
            "release": self.rpm.release,
            "epoch": self.rpm.epoch,
            "arch": self.rpm.arch,
            "payloadhash": self.rpm.sigmd5,
            "size": self.rpm.size,
            "buildtime": self.rpm.buildtime,
        }
        if self.external_repo is not None:
            wire["location"] = self.external_repo
        return wire


@dataclass(frozen=True)
class RpmList:
    """The RPMs of one arch's images, sorted into what Koji knows and what it does not.

    :param not_looked_up: nobody asked a Koji about these
    """

    known: tuple[KnownRpm, ...] = ()
    unknown: tuple[Rpm, ...] = ()
    not_looked_up: tuple[Rpm, ...] = ()
