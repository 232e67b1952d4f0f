"""The SBOM: SPDX 2.3 with every package once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from koji_imagebuild.model import spdx

from .samples import BASH, DIGEST, IMAGE, STDCXX


def document(*rpms: Any) -> dict[str, Any]:
    made = spdx.document(
        IMAGE,
        rpms,
        created="2026-11-20T11:00:00Z",
        creator="koji-imagebuild-0.1.0",
        namespace="minidist",
    )
    loaded: dict[str, Any] = json.loads(json.dumps(made))
    return loaded


def test_what_spdx_demands_of_a_document() -> None:
    made = document(BASH)

    assert made["spdxVersion"] == "SPDX-2.3"
    assert made["dataLicense"] == "CC0-1.0"
    assert made["SPDXID"] == "SPDXRef-DOCUMENT"
    assert made["documentNamespace"].endswith(DIGEST)
    assert made["creationInfo"] == {
        "created": "2026-11-20T11:00:00Z",
        "creators": ["Tool: koji-imagebuild-0.1.0"],
    }


def test_the_image_is_described_and_contains_its_packages() -> None:
    made = document(BASH, STDCXX)

    image, *packages = made["packages"]
    assert image["name"] == IMAGE.name
    assert image["checksums"] == [{"algorithm": "SHA256", "checksumValue": DIGEST}]
    (describes, *contains) = made["relationships"]
    assert (describes["relationshipType"], describes["relatedSpdxElement"]) == (
        "DESCRIBES",
        image["SPDXID"],
    )
    assert [each["relatedSpdxElement"] for each in contains] == [p["SPDXID"] for p in packages]
    assert {each["relationshipType"] for each in contains} == {"CONTAINS"}


def test_a_package() -> None:
    package = document(STDCXX)["packages"][1]

    assert (package["name"], package["versionInfo"]) == ("libstdc++", "1:13~rc1-2")
    assert package["externalRefs"] == [
        {
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": "pkg:rpm/minidist/libstdc%2B%2B@13~rc1-2?arch=x86_64&epoch=1",
        }
    ]
    assert package["comment"] == f"arch x86_64; sigmd5 {'cd' * 16}; license GPL"


def test_ids_are_legal_and_no_two_alike() -> None:
    alike = [replace(BASH, name=name) for name in ("a-b", "a_b", "a+b", "a++b")]

    ids = [package["SPDXID"] for package in document(*alike)["packages"]]

    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids)


def test_an_image_without_packages() -> None:
    made = document()

    assert len(made["packages"]) == len(made["relationships"]) == 1
