"""The SBOM of an image, as SPDX 2.3 JSON (https://spdx.github.io/spdx-spec/v2.3/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.artifact import Artifact
    from koji_imagebuild.model.rpms import Rpm

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]+")
_NONE = "NOASSERTION"


def document(
    image: Artifact, rpms: Sequence[Rpm], *, created: str, creator: str, namespace: str
) -> dict[str, object]:
    """The packages one image holds.

    :param created: UTC in ISO 8601 with a Z
    :param creator: ``NAME-VERSION`` of the tool
    :param namespace: the distribution's word in package URLs, such as ``fedora``; may be empty
    """
    root = "SPDXRef-Image"
    packages = [_package(number, rpm, namespace) for number, rpm in enumerate(rpms, start=1)]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": image.name,
        # A namespace must be unique a document; the image's digest is.
        "documentNamespace": f"urn:sha256:{image.sha256}",
        "creationInfo": {"created": created, "creators": [f"Tool: {creator}"]},
        "packages": [
            {
                "SPDXID": root,
                "name": image.name,
                "downloadLocation": _NONE,
                "filesAnalyzed": False,
                "primaryPackagePurpose": "OPERATING-SYSTEM",
                "checksums": [{"algorithm": "SHA256", "checksumValue": image.sha256}],
            },
            *packages,
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": root,
            },
            *(
                {
                    "spdxElementId": root,
                    "relationshipType": "CONTAINS",
                    "relatedSpdxElement": package["SPDXID"],
                }
                for package in packages
            ),
        ],
    }


def _package(number: int, rpm: Rpm, namespace: str) -> dict[str, object]:
    epoch = "" if rpm.epoch is None else f"&epoch={rpm.epoch}"
    name = quote(rpm.name, safe="")
    version = quote(f"{rpm.version}-{rpm.release}", safe="")
    place = f"{quote(namespace, safe='')}/" if namespace else ""
    purl = f"pkg:rpm/{place}{name}@{version}?arch={rpm.arch}{epoch}"
    package: dict[str, object] = {
        # The number keeps apart what reads alike without the characters an id may not have.
        "SPDXID": f"SPDXRef-{number}-" + _NOT_IN_ID.sub("-", rpm.nvra),
        "name": rpm.name,
        "versionInfo": rpm.evr,
        "downloadLocation": _NONE,
        "filesAnalyzed": False,
        "licenseConcluded": _NONE,
        # RPM licence tags are SPDX expressions only where a distribution has migrated them.
        "licenseDeclared": _NONE,
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            }
        ],
        "comment": f"arch {rpm.arch}; sigmd5 {rpm.sigmd5 or 'none'}; license {rpm.license}",
    }
    return package
