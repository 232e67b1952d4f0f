"""The last words about a task, for people and for programs."""

from __future__ import annotations

from koji_imagebuild.cli.hub import Build, Ending, TaskState
from koji_imagebuild.cli.watch.json_report import document
from koji_imagebuild.cli.watch.report import Place, report
from koji_imagebuild.cli.watch.state import Row, Snapshot
from koji_imagebuild.errors import ToolFailed

from .fakes import DISK, START, arch_task, parent, result

PLACE = Place("https://h/kojifiles")
DONE = Row(
    arch_task(42, "x86_64", TaskState.CLOSED, completed=START + 22),
    ending=Ending(result(42, "x86_64")),
)
STORY = ToolFailed(
    "Failed in 'install packages'",
    lines=("Problem: package hello requires libfoo", "  - nothing provides libfoo"),
    log="20-kiwi-prepare.log",
).text()
FAILED = Row(
    arch_task(43, "aarch64", TaskState.FAILED, completed=START + 51), ending=Ending(error=STORY)
)
CLOSED = Row(parent(TaskState.CLOSED), ending=Ending())


def ended(error: str) -> Row:
    return Row(parent(TaskState.FAILED), ending=Ending(error=error))


def text(end: Snapshot) -> str:
    return "\n".join(report(end, PLACE)) + "\n"


def test_a_build() -> None:
    build = Build(DISK, tags=("minidist-candidate",), folder="packages/m/1/3")
    assert text(Snapshot(START, CLOSED, (DONE,), build)) == (
        "Built minidist-Disk-1.0.0-3, tagged into minidist-candidate\n"
        f"  minidist-Disk-1.0.0-3.x86_64.qcow2   31.6 MB  sha256:5b1f{60 * '0'}\n"
        "  SBOM, description, logs and image-build.json beside them:"
        " https://h/kojifiles/packages/m/1/3/\n"
    )


def test_what_a_rebuild_reused_is_in_the_build_too() -> None:
    """An arch whose files had changed since was built again."""
    build = Build(DISK, tags=(), folder="packages/m/1/3")
    reused = {arch: result(7, arch) for arch in ("aarch64", "x86_64")}
    assert report(Snapshot(START, CLOSED, (DONE,), build), PLACE, reused)[1:3] == (
        f"  minidist-Disk-1.0.0-3.aarch64.qcow2   31.6 MB  sha256:5b1f{60 * '0'}",
        f"  minidist-Disk-1.0.0-3.x86_64.qcow2    31.6 MB  sha256:5b1f{60 * '0'}",
    )


def test_a_digest_is_cut_on_a_terminal() -> None:
    build = Build(DISK, tags=(), folder="packages/m/1/3")
    lines = report(Snapshot(START, CLOSED, (DONE,), build), Place("https://h", width=64))
    assert lines[1] == "  minidist-Disk-1.0.0-3.x86_64.qcow2   31.6 MB  sha256:5b1f0000…"
    assert lines[2].endswith("https://h/packages/m/1/3/")


def test_a_build_nobody_tagged() -> None:
    build = Build(DISK, tags=(), folder="packages/m/1/3")
    assert text(Snapshot(START, CLOSED, (DONE,), build)).startswith(
        "Built minidist-Disk-1.0.0-3, not tagged\n"
    )


def test_a_scratch_build() -> None:
    assert text(Snapshot(START, CLOSED, (DONE,))) == (
        "Built minidist-Disk-1.0.0-3 as a scratch build\n"
        f"  minidist-Disk-1.0.0-3.x86_64.qcow2   31.6 MB  sha256:5b1f{60 * '0'}\n"
        "  all files of x86_64: https://h/kojifiles/work/tasks/42/42/\n"
    )


def test_an_arch_that_failed_tells_its_story_once() -> None:
    error = (
        "kiwi build of minidist-Disk-1.0.0-3 failed (1 of 2 arches)\n\n"
        "  aarch64 (task 43): Failed in 'install packages'"
    )
    assert text(Snapshot(START, ended(error), (DONE, FAILED))) == (
        "aarch64  43 createKiwiImage  failed after 0:48\n"
        "\n"
        "  Failed in 'install packages'\n"
        "\n"
        "    Problem: package hello requires libfoo\n"
        "      - nothing provides libfoo\n"
        "\n"
        "  log: https://h/kojifiles/work/tasks/43/43/20-kiwi-prepare.log\n"
        "\n"
        "41 kiwi build of minidist-Disk-1.0.0-3 failed (1 of 2 arches)\n"
    )


def test_an_arch_that_finished_can_be_reused() -> None:
    error = "kiwi build of minidist-Disk-1.0.0-3 failed (1 of 2 arches)\n\n  aarch64 (task 43): x"
    build = Build(DISK, tags=(), folder="")
    lines = report(Snapshot(START, ended(error), (DONE, FAILED), build), PLACE)
    assert lines[-2] == "x86_64 finished, to be reused by: koji image-rebuild-local 41"


def test_a_failure_without_a_log_shows_the_folder() -> None:
    failed = Row(FAILED.task, ending=Ending(error="mock was ended by signal 9"))
    assert "  logs: https://h/kojifiles/work/tasks/43/43/\n" in text(
        Snapshot(START, ended("x (task 43)"), (failed,))
    )


def test_a_parent_that_failed_by_itself() -> None:
    assert text(Snapshot(START, ended("Package minidist-Disk is not listed\nkoji add-pkg"))) == (
        "41 imageBuildLocal failed\n\n  Package minidist-Disk is not listed\n  koji add-pkg\n"
    )


def test_a_log_of_the_parent_has_an_address_too() -> None:
    assert "  log: https://h/kojifiles/work/tasks/41/41/checkout.log\n" in text(
        Snapshot(START, ended("git failed\n\n  fatal: x\n\nlog: checkout.log"))
    )


def test_an_optional_arch_that_failed_comes_first() -> None:
    lines = report(Snapshot(START, CLOSED, (DONE, FAILED)), PLACE)
    assert lines[0] == "aarch64  43 createKiwiImage  failed after 0:48"
    assert "Built minidist-Disk-1.0.0-3 as a scratch build" in lines


def test_a_canceled_task() -> None:
    assert text(Snapshot(START, Row(parent(TaskState.CANCELED), ending=Ending()))) == (
        "41 imageBuildLocal was canceled\n"
    )


def test_for_programs() -> None:
    build = Build(DISK, tags=(), folder="")
    seen = Snapshot(START, ended("failed (task 43)"), (DONE, FAILED), build)
    assert document(41, seen) == {
        "task": 41,
        "state": "FAILED",
        "build": "minidist-Disk-1.0.0-3",
        "error": "failed (task 43)",
        "arches": {
            "x86_64": {
                "task": 42,
                "state": "CLOSED",
                "files": [
                    {"name": file.name, "size": file.size, "sha256": file.sha256}
                    for file in result(42, "x86_64").sums
                ],
                "error": None,
            },
            "aarch64": {"task": 43, "state": "FAILED", "files": [], "error": STORY},
        },
    }


def test_for_programs_that_do_not_wait() -> None:
    assert document(41, None) == {
        "task": 41,
        "state": "FREE",
        "build": None,
        "error": None,
        "arches": {},
    }
