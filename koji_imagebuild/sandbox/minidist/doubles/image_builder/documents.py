"""What is written beside a manifest: SBOMs and the list of RPMs."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .repository import Package


def spdx(packages: tuple[Package, ...]) -> dict[str, Any]:
    """An SPDX document; its time and namespace are new each time."""
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "sbom-by-osbuild-image-builder",
        "documentNamespace": f"https://osbuild.org/spdxdocs/sbom-{uuid.uuid4()}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "creators": ["Tool: osbuild-191"],
        },
        "packages": [_spdx_package(each) for each in packages],
    }


def _spdx_package(package: Package) -> dict[str, Any]:
    kind, _, digest = package.checksum.partition(":")
    _, version, release = package.evr
    purl = f"pkg:rpm/{package.name}@{version}-{release}?arch={package.arch}"
    return {
        "SPDXID": f"SPDXRef-{uuid.uuid5(uuid.NAMESPACE_URL, package.checksum)}",
        "name": package.name,
        "downloadLocation": package.url,
        "filesAnalyzed": False,
        "versionInfo": version,
        "checksums": [{"algorithm": kind.upper(), "checksumValue": digest}],
        "licenseDeclared": package.license or "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            }
        ],
    }


def rpm_list(packages: tuple[Package, ...]) -> list[dict[str, Any]]:
    """Said to be Koji's, but ``payloadhash`` is a digest of the file, not the header's sigmd5."""
    return [
        {
            "name": each.name,
            "version": each.evr[1],
            "release": each.evr[2],
            "epoch": int(each.evr[0]) or None,
            "arch": each.arch,
            "buildtime": each.build_time,
            "size": each.size,
            "payloadhash": each.checksum.partition(":")[2],
        }
        for each in packages
    ]
