"""``summary.log``, to the letter."""

from __future__ import annotations

from dataclasses import replace

from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.pipeline import summary

from .samples import BAD, COMMIT, GOOD, NVR_, SETTLED, result

HEAD = (
    "minidist-Disk-1.0.0-3   kiwi build   target minidist   repo 7 (event 1284)"
    f"   git+http://127.0.0.1:8080/scm/descriptions#{COMMIT}"
)


def test_one_arch_well_and_one_failed() -> None:
    assert summary.text(NVR_, SETTLED, (GOOD, BAD)) == (
        f"{HEAD}\n"
        "x86_64   task 42     ok   0:19   root 0:07   prepare 0:03   create disk image 0:05"
        "   upload 0:04   2 images   142 packages   on builder\n"
        "aarch64  task 43     FAILED   Failed in 'install packages'\n"
        "          \n"
        "            nothing provides libfoo.so.1\n"
        "          \n"
        "          log: 20-prepare.log\n"
    )


def test_an_optional_arch_and_one_that_said_nothing() -> None:
    silent = replace(BAD, error="", optional=True)

    assert summary.text(NVR_, SETTLED, (silent,)).splitlines()[1] == (
        "aarch64  task 43     failed (optional)   no reason was given"
    )


def test_a_builder_that_tells_little() -> None:
    old = replace(
        GOOD, result=result("x86_64", 42, plugin=None, host="", steps=(), images=0, rpmlist=())
    )

    assert summary.text(NVR_, SETTLED, (old,)).splitlines()[1] == (
        "x86_64   task 42     ok   0:00      0 images   0 packages   on unknown builder"
    )


def test_scratch_is_said() -> None:
    settled = replace(SETTLED, options=BuildOptions(scratch=True))

    assert summary.head(NVR_, settled) == HEAD.replace("kiwi build", "kiwi scratch build")
