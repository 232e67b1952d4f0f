"""Failures of osbuild 191, as narrate.py told them."""

from __future__ import annotations

from pathlib import Path

import pytest

from koji_imagebuild.tools.diagnosis import Cause
from koji_imagebuild.tools.manifest import diagnosis, progress

LOGS = Path(__file__).with_name("logs")
ZEROES = "0" * 64


@pytest.mark.parametrize(
    ("log", "cause", "step", "lines"),
    [
        (
            "fails",
            Cause.UNKNOWN,
            "chown (os)",
            (
                "failed in stage org.osbuild.chown of os",
                "/usr/sbin/chroot: failed to run command 'chown': No such file or directory",
                (
                    "subprocess.CalledProcessError: Command"
                    " '['/usr/sbin/chroot', '/run/osbuild/tree', 'chown', 'nobody', '--', '/nope']'"
                    " returned non-zero exit status 127."
                ),
            ),
        ),
        (
            "gone",
            Cause.DOWNLOAD,
            "download sources",
            (
                "failed in source org.osbuild.curl",
                "curl: error downloading http://127.0.0.1:1/x.rpm: exit code 7",
                (
                    "http://127.0.0.1:1/x.rpm: Failed to connect to 127.0.0.1 port 1 after 0 ms:"
                    " Couldn't connect to server"
                ),
            ),
        ),
        (
            "busy",
            Cause.DOWNLOAD,
            "download sources",
            (
                "failed in source org.osbuild.curl",
                "curl: error downloading http://127.0.0.1:8765/503/bash.rpm: exit code 22",
                "http://127.0.0.1:8765/503/bash.rpm: The requested URL returned error: 503",
                "http://127.0.0.1:8765/503/hello.rpm: The requested URL returned error: 503",
            ),
        ),
        (
            "removed",
            Cause.UNKNOWN,
            "download sources",
            (
                "failed in source org.osbuild.curl",
                "curl: error downloading http://127.0.0.1:8765/503/bash.rpm: exit code 22",
                "http://127.0.0.1:8765/503/bash.rpm: The requested URL returned error: 503",
                "http://127.0.0.1:8765/404/hello.rpm: The requested URL returned error: 404",
            ),
        ),
        (
            # One file was refused by the first of ten tries only.
            "flaky",
            Cause.DOWNLOAD,
            "download sources",
            (
                "failed in source org.osbuild.curl",
                "curl: error downloading http://127.0.0.1:8765/502/bash.rpm: exit code 22",
                "http://127.0.0.1:8765/502/bash.rpm: The requested URL returned error: 502",
            ),
        ),
        (
            "mismatch",
            Cause.UNKNOWN,
            "download sources",
            (
                "failed in source org.osbuild.curl",
                (
                    "failed to move to target directory: checksum mismatch:"
                    f" sha256:{ZEROES} file:///etc/hostname"
                ),
                "file:///nope/x.rpm: Couldn't open file /nope/x.rpm",
            ),
        ),
        (
            "stage",
            Cause.DESCRIPTION,
            "",
            (
                "refused the manifest: JSON Schema validation failed",
                "pipelines.0.stages.2: could not find schema information for 'org.osbuild.nosuch'",
            ),
        ),
        (
            "schema",
            Cause.DESCRIPTION,
            "",
            (
                "refused the manifest: JSON Schema validation failed",
                "pipelines.0.stages.2.options.paths.0: 'path' is a required property",
                (
                    "pipelines.0.stages.2.options.paths.0: Additional properties are not allowed"
                    " ('pth' was unexpected)"
                ),
            ),
        ),
        ("version", Cause.DESCRIPTION, "", ("Unsupported manifest format",)),
        (
            "runner",
            Cause.UNKNOWN,
            "",
            ("ValueError: No suitable runner for org.osbuild.nosuch",),
        ),
        (
            "export",
            Cause.DESCRIPTION,
            "",
            ("Export nope not found in ['os', 'image']", "Failed"),
        ),
    ],
)
def test_what_went_wrong(log: str, cause: Cause, step: str, lines: tuple[str, ...]) -> None:
    found = diagnosis.diagnose((LOGS / f"{log}.log").read_text())
    assert found.lines == lines
    assert (found.cause, found.step) == (cause, step)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", Cause.NO_SPACE),
        ("curl: error downloading http://h/x: exit code 23", Cause.NO_SPACE),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'loop1'", Cause.NO_LOOP_DEVICE),
        ("curl: error downloading http://h/x: exit code 28", Cause.DOWNLOAD),
        ("curl: finished with return_code 7 but [...] left to download", Cause.DOWNLOAD),
        ("error downloading p: No more mirrors to try - All mirrors were", Cause.DOWNLOAD),
        ("curl: error downloading http://h/x: exit code 22", Cause.UNKNOWN),
        ("curl: error downloading file:///x: exit code 37", Cause.UNKNOWN),
        ("error: unpacking of archive failed", Cause.PACKAGES),
    ],
)
def test_whose_fault_it_is(said: str, cause: Cause) -> None:
    log = f"osbuild: failed in stage org.osbuild.rpm of os\nosbuild: {said}\n"
    if cause is Cause.UNKNOWN:
        log = log.replace("stage org.osbuild.rpm of os", "source org.osbuild.curl")
    assert diagnosis.diagnose(log).cause is cause


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        *((number, Cause.DOWNLOAD) for number in (408, 429, 500, 502, 503, 504)),
        *((number, Cause.UNKNOWN) for number in (400, 401, 403, 404, 410, 451)),
    ],
)
def test_whom_a_server_refuses_for_ever(number: int, cause: Cause) -> None:
    """A refusal counts beside a file that could not be had for another reason, too."""
    log = (LOGS / "removed.log").read_text().replace("error: 404", f"error: {number}")
    assert diagnosis.diagnose(log).cause is cause
    assert diagnosis.diagnose(log.replace("exit code 22", "exit code 28")).cause is cause


def test_a_traceback_without_anything_else() -> None:
    log = 'Traceback (most recent call last):\n  File "x"\n    y\nRuntimeError: away\n'
    assert diagnosis.diagnose(log).lines == ("RuntimeError: away",)


def test_a_wrapper_that_failed() -> None:
    assert diagnosis.diagnose("mount: permission denied\n").lines == ("mount: permission denied",)
    assert diagnosis.diagnose("").lines == ()


def test_of_a_long_output_the_end_counts() -> None:
    said = [f"line {number}" for number in range(50)]
    log = "\n".join(f"osbuild: {line}" for line in ["failed in stage org.osbuild.x of os", *said])
    found = diagnosis.diagnose(log).lines
    assert len(found) == 16
    assert (found[0], found[-1]) == ("failed in stage org.osbuild.x of os", "line 49")


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("osbuild: pipeline source org.osbuild.curl", "download sources"),
        ("12:00:01 osbuild: stage org.osbuild.rpm of build", "install packages (build)"),
        ("osbuild: stage org.osbuild.ostree.deploy of image", "deploy OSTree commit (image)"),
        ("osbuild: stage org.osbuild.hostname of os", "hostname (os)"),
        ("osbuild: stage org.osbuild.hostname of os done after 0.3 s", None),
        ("osbuild: pipeline os", None),
        ("stage org.osbuild.rpm of os", None),
        ("", None),
    ],
)
def test_progress(line: str, step: str | None) -> None:
    assert progress.step(line) == step
