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
        (
            (
                'error resolving ostree commit for "os": error sending request to ostree repository'
                ' "http://127.0.0.1:1/refs/heads/a/b": Get "http://127.0.0.1:1/refs/heads/a/b":'
                " dial tcp 127.0.0.1:1: connect: connection refused"
            ),
            Cause.DOWNLOAD,
        ),
        (
            (
                'error resolving ostree commit for "os": ostree repository "https://h/refs/heads/a"'
                " returned status: 503 Service Unavailable"
            ),
            Cause.DOWNLOAD,
        ),
        (
            (
                'error resolving ostree commit for "os": ostree repository "https://h/refs/heads/a"'
                " returned status: 404 Not Found"
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


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (
            'Get "https://h.x/v2/": dial tcp: lookup h.x on 127.0.0.1:53: no such host',
            Cause.DOWNLOAD,
        ),
        ("invalid status code from registry 503 (Service Unavailable)", Cause.DOWNLOAD),
        ("invalid status code from registry 404 (Not Found)", Cause.DESCRIPTION),
    ],
)
def test_why_a_container_was_not_found(reason: str, cause: Cause) -> None:
    reason = (
        f'Error parsing image name "docker://h.x/a:1": pinging container registry h.x: {reason}'
    )
    quoted = reason.replace('"', '\\"')
    error = "failed to resolve container: error getting manifest: exit status 1"
    log = f'{BEFORE}time="2026-11-20T19:59:03Z" level=fatal msg="{quoted}"\nerror: {error}\n'

    found = diagnosis.diagnose(log)

    assert found.lines == (error, reason)
    assert found.cause is cause


def test_a_crash_says_what_it_was_before_its_stacks() -> None:
    """Of iot-simplified-installer without an installation device."""
    panic = "panic: runtime error: invalid memory address or nil pointer dereference"
    stacks = "\n".join(f"main.f{number}()" for number in range(40))
    log = f"{BEFORE}{panic}\n[signal SIGSEGV]\n\ngoroutine 1 [running]:\n{stacks}\n"

    assert diagnosis.said_an_error(log)
    assert diagnosis.diagnose(log).lines[:3] == (
        panic,
        "[signal SIGSEGV]",
        "goroutine 1 [running]:",
    )


def test_errors_of_stages_are_osbuilds() -> None:
    stage = "org.osbuild.rpm of os"
    log = f"osbuild: stage {stage}\nerror: Failed dependencies:\nosbuild: failed in stage {stage}\n"

    assert not diagnosis.said_an_error(log)
