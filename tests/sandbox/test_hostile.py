"""Descriptions whose commands leave things in the build root, or turn it into a trap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .batch import Ended, run
from .described import SHELL, tiny
from .hostile import Hostile

if TYPE_CHECKING:
    from pathlib import Path

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

ATTACH = "truncate -s 10M /disk; device=$(losetup --find --show /disk)"
#: kiwi gives it no /dev, which keeps nobody from making one.
SCRIPT = """\
#!/bin/bash
head -c 10000000 /etc/../usr/bin/busybox > /disk
for n in 0 1 2 3 4 5 6 7 8 9; do
    mknod /loop$n b 7 $n
    losetup /loop$n /disk && break
done
losetup /loop$n || exit 3
mkdir -p /mnt
mount -t tmpfs none /mnt || exit 4
sleep 1357 >/dev/null 2>&1 &
"""

#: They leave something behind, and the image comes out well all the same.
LEFT = {
    "loop-device-without-a-file": Hostile(prep=f"{ATTACH}; rm /disk"),
    "mounted-partition": Hostile(
        prep=f"{ATTACH}; addpart $device 1 2048 8192; mkfs.ext4 -q ${{device}}p1;"
        " mkdir -p /mnt; mount ${device}p1 /mnt"
    ),
    "device-on-a-device": Hostile(
        prep=f"{ATTACH}; mkfs.ext4 -q /disk; mkdir -p /mnt; mount $device /mnt;"
        " truncate -s 1M /mnt/disk; losetup --find /mnt/disk"
    ),
    "images.sh": Hostile(
        description=tiny(packages=SHELL),
        files={"images.sh": SCRIPT},
    ),
    "process": Hostile(
        prep="(setsid sh -c \"trap '' INT TERM HUP; exec sleep 1357\" </dev/null >/dev/null 2>&1 &)"
    ),
    "mounts": Hostile(prep="mkdir -p /mnt; mount -t tmpfs none /mnt; mount --bind /etc /usr/share"),
}
FAILS = {
    "loop-device-and-failure": (Hostile(prep=f"{ATTACH}; exit 3"), "Failed in 'make prep'"),
    "logs-are-links": (
        Hostile(
            prep="ln -sf /etc/shadow /var/log/dnf.log; ln -s /etc/shadow /var/log/dnf.more.log;"
            " mkfifo /var/log/dnf.pipe.log; exit 3"
        ),
        "Failed in 'make prep'",
    ),
    "work-folder-in-the-way": (
        Hostile(prep="ln -s /etc /builddir/image-build/kiwi"),
        "/builddir/image-build/kiwi in the build root is in the way",
    ),
    "description-is-a-link": (
        Hostile(prep="ln -sf /etc/shadow x.kiwi"),
        "description-is-a-link/x.kiwi leads out of the checkout",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something that a description tries to delete."""
    canary = tmp_path_factory.mktemp("outside") / "canary"
    canary.write_text("sings")
    return canary


@pytest.fixture(scope="module")
def ended(koji: Koji, canary: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    top = tmp_path_factory.mktemp("hostile")
    script = f"#!/bin/bash\nrm -rf {canary} /..{canary} /proc/1/cwd{canary} {canary.parent}\n"
    deletes = Hostile(description=tiny(packages=SHELL), files={"config.sh": script})
    builds = {**LEFT, **{name: build for name, (build, _) in FAILS.items()}, "deletes": deletes}
    for name, build in builds.items():
        build.write(top / name)
    url = koji.publish(top, "hostile")
    return run(koji, url, {name: build.asked(name) for name, build in builds.items()})


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_cleared_away(name: str, ended: dict[str, Ended]) -> None:
    assert ended[name].state == "CLOSED", ended[name].text


@pytest.mark.parametrize("name", FAILS)
def test_a_trap_ends_the_build(name: str, ended: dict[str, Ended]) -> None:
    (arch,) = ended[name].arches
    assert arch.state == "FAILED"
    assert arch.text.startswith(FAILS[name][1])
    assert "Traceback" not in arch.text


def test_nothing_of_the_builder_gets_published(koji: Koji, ended: dict[str, Ended]) -> None:
    session = koji.session()
    tasks = [arch.task for end in ended.values() for arch in end.arches]
    files = [(task, name) for task in tasks for name in session.listTaskOutput(task)]
    texts = {(task, name): session.downloadTaskOutput(task, name) for task, name in files}
    assert any(name == "dnf.log" for _, name in files)
    assert [file for file, text in texts.items() if text.startswith(b"root:")] == []


def test_a_script_reaches_nothing_outside(canary: Path, ended: dict[str, Ended]) -> None:
    """By no path it can be given: it runs in the image's root, in the build root."""
    assert ended["deletes"].state == "CLOSED", ended["deletes"].text
    assert canary.read_text() == "sings"
