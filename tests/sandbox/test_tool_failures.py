"""When kiwi, dnf, make or a script says no: their own decisive lines, the step, the log."""

from __future__ import annotations

import http.server
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from .batch import Ended, end, run
from .described import SHELL, tiny
from .hostile import Hostile
from .under_test import task_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

BASH = "#!/bin/bash\n"
BROKEN = (
    "Failed in 'install packages'\n\n"
    "   Problem: conflicting requests\n"
    "    - nothing provides libnowhere.so.1 needed by broken-1-1.noarch\n\n"
    "log: 20-kiwi-prepare.log"
)
SPEC = """\
Name: stranger
Version: 1
Release: 1
Summary: A package Koji does not know
License: MIT
BuildArch: noarch
%description
For a test.
%files
"""

FAILS = {
    "dependency": (Hostile(description=tiny(packages=("broken",))), BROKEN),
    "package": (
        Hostile(description=tiny(packages=("nosuchpackage",))),
        (
            "Failed in 'install packages'\n\n"
            "  Error: Unable to find a match: nosuchpackage\n\nlog: 20-"
        ),
    ),
    "schema": (
        Hostile(description=tiny(more="<nonsense/>")),
        (
            "Failed in 'read description'\n\n"
            "  RELAXNG_ERR_EXTRACONTENT: Element image has extra content: nonsense\n"
        ),
    ),
    "attribute-of-another-type": (
        Hostile(opts={"type_attr": ["luks_version=5"]}),
        (
            "Failed in 'read description'\n\n"
            "  RELAXNG_ERR_INVALIDATTR: Invalid attribute luks_version for element type\n"
        ),
    ),
    "config.sh": (
        Hostile(
            description=tiny(packages=SHELL),
            files={"config.sh": f'{BASH}echo "cannot do that" >&2\nexit 3\n'},
        ),
        (
            "Failed in 'run config.sh'\n\n"
            "  KiwiScriptFailed: config.sh failed\n  cannot do that\n\nlog: 20-kiwi-prepare.log"
        ),
    ),
    "images.sh": (
        Hostile(
            description=tiny(packages=SHELL), files={"images.sh": f"{BASH}echo nor that; exit 1\n"}
        ),
        (
            "Failed in 'run images.sh'\n\n  KiwiScriptFailed: images.sh failed\n  nor that\n\n"
            "log: 30-kiwi-create-tbz.log"
        ),
    ),
    "make": (Hostile(prep="echo no rule >&2; exit 4"), "Failed in 'make prep'\n\n  make: Ent"),
    "image-too-small": (
        Hostile(kiwi="create() { echo 'rsync: write failed: No space left on device'; exit 1; }"),
        (
            "Failed in 'create tbz image'\n\n  rsync: write failed: No space left on device\n\n"
            "log: 30-kiwi-create-tbz.log\n"
            "The builder has space: the image itself is full. Give it a larger <size>"
        ),
    ),
    "root-without-kiwi": (
        Hostile(prep="rm /usr/bin/kiwi-ng"),
        (
            "Failed in 'install packages'\n\n"
            "  /builddir/image-build/kiwi/prepare.sh: 8: kiwi-ng: not found\n\n"
            "log: 20-kiwi-prepare.log"
        ),
    ),
}


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("failures")
    for name, (build, _) in FAILS.items():
        build.write(top / name)
    return koji.publish(top, "failures")


@pytest.fixture(scope="module")
def ended(koji: Koji, url: str) -> dict[str, Ended]:
    return run(koji, url, {name: build.asked(name) for name, (build, _) in FAILS.items()})


@pytest.mark.parametrize("name", FAILS)
def test_the_decisive_lines_are_told(name: str, ended: dict[str, Ended]) -> None:
    (arch,) = ended[name].arches
    assert arch.state == "FAILED"
    assert arch.text.startswith(FAILS[name][1])
    assert "Traceback" not in arch.text


def test_evidence_is_kept(koji: Koji, ended: dict[str, Ended]) -> None:
    (arch,) = ended["dependency"].arches
    there = set(koji.session().listTaskOutput(arch.task))
    assert {
        "05-probe.log",
        "20-kiwi-prepare.log",
        "buildroot-dnf.log",
        "checkout.log",
        "image-dnf.log",
        "machine.log",
        "mock_output.log",
        "root.log",
    } <= there
    assert {name for name in there if name.endswith(("kiwi.xml", "image-build.json"))}


def test_the_user_sees_where_why_and_the_logs_address(koji: Koji, url: str) -> None:
    built = koji.build("kiwi", koji.target, url, "dependency/x.kiwi", "--scratch")
    (child,) = (
        task
        for task in koji.session().getTaskChildren(built.task)
        if task["method"] == "createKiwiImage"
    )
    address = f"{koji.options()['topurl']}/work/{koji_library.pathinfo.taskrelpath(child['id'])}"
    assert built.ran.status == 1
    assert built.ran.err == ""
    _, _, report = built.ran.out.partition("\n\n")
    head, _, rest = report.partition("\n")
    assert head.startswith(f"{koji.arch}  {child['id']} createKiwiImage  failed after 0:")
    assert rest.startswith(
        "\n"
        "  Failed in 'install packages'\n"
        "\n"
        "     Problem: conflicting requests\n"
        "      - nothing provides libnowhere.so.1 needed by broken-1-1.noarch\n"
        "\n"
        f"  log: {address}/20-kiwi-prepare.log\n"
        "\n"
        f"{built.task} kiwi build of tiny-1.0-"
    )
    assert rest.endswith(" failed (1 of 1 arches)\n")


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[str]:
    """A repository with a package that Koji does not know."""
    (tmp_path / "stranger.spec").write_text(SPEC)
    define = ("--define", f"_topdir {tmp_path}", "--define", f"_rpmdir {tmp_path}/repo")
    subprocess.run(("rpmbuild", "--quiet", *define, "-bb", tmp_path / "stranger.spec"), check=True)
    subprocess.run(("createrepo_c", "--quiet", tmp_path / "repo"), check=True)
    handler = partial(Quiet, directory=str(tmp_path / "repo"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """No line a request."""


def test_rpms_koji_does_not_know(koji: Koji, foreign: str, tmp_path: Path) -> None:
    """A real build says which and ends; a scratch build notes them."""
    top = tmp_path / "descriptions"
    top.mkdir()
    (top / "x.kiwi").write_text(tiny(packages=("stranger",)))
    url = koji.publish(top, "unknown-rpms")
    common = ("image-build-local", "kiwi", "--nowait", "--repo", foreign, "--buildroot-repo")
    real, scratch = (
        task_of(koji.run(*common, *more, koji.target, url, "x.kiwi").out)
        for more in ((), ("--scratch",))
    )
    refused, built = end(koji, real), end(koji, scratch)
    assert built.state == "CLOSED"
    (arch,) = refused.arches
    assert arch.text.startswith(
        "1 of 3 RPMs in the image are not known to Koji, neither built by it nor in an external"
        " repository of the build tag\n\n  stranger-1-1.noarch  sigmd5 "
    )
    (build,) = koji.session().listBuilds(taskID=real)
    assert build["state"] == koji_library.BUILD_STATES["FAILED"]
