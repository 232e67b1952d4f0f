"""image-builder's own words, as version 79 printed them."""

from __future__ import annotations

import pytest

from koji_imagebuild.tools.diagnosis import Cause
from koji_imagebuild.tools.image_builder import diagnosis

BEFORE = "Manifest generation step\nBuilding manifest for fedora-43-container\n"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (
            (
                'error depsolving package sets for "os": DNF error occurred: MarkingErrors: Error'
                " occurred when marking packages for installation: Problems in request:\n"
                "missing packages: nosuchpkg"
            ),
            Cause.PACKAGES,
        ),
        (
            (
                'error depsolving package sets for "build": DNF error occurred: RepoError:'
                " There was a problem reading a repository: Failed to download metadata for repo"
            ),
            Cause.DOWNLOAD,
        ),
        (
            'cannot find image for: distro:"nosuch-1" type:"qcow2" arch:"x86_64"',
            Cause.DESCRIPTION,
        ),
        ('OSTree is not supported for "generic-qcow2"', Cause.DESCRIPTION),
        (
            (
                "Warnings during manifest creation:\nblueprint validation failed for image type"
                ' "minimal-raw-zst": customizations.installation_device: not supported'
            ),
            Cause.DESCRIPTION,
        ),
        ("write /var/cache/x: no space left on device", Cause.NO_SPACE),
        ("something new", Cause.UNKNOWN),
    ],
)
def test_what_image_builder_said(error: str, cause: Cause) -> None:
    found = diagnosis.diagnose(f"{BEFORE}error: {error}\n")

    assert diagnosis.said_an_error(f"{BEFORE}error: {error}\n")
    assert found.cause is cause
    assert found.lines == tuple(error.split("\n"))
    assert found.step == "resolve packages"


def test_without_an_error_there_is_the_log() -> None:
    assert not diagnosis.said_an_error(BEFORE)
    assert diagnosis.diagnose(BEFORE).lines == tuple(BEFORE.split("\n")[:-1])
