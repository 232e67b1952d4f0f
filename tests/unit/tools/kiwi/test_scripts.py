"""The shell scripts that go into the build root, run with a kiwi that only pretends."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(str(resources.files("koji_imagebuild.tools.kiwi")))
KIWI = r"""#!/bin/sh
echo "kiwi-ng $*" >>"$CALLS"
case "$*" in
    *"system prepare"*)
        [ -e "$FAKE/prepares" ] || exit 0
        mkdir -p "$FAKE/root/image"
        touch "$FAKE/root/image/config.xml" ;;
    *"system create"*) [ ! -e "$FAKE/fails" ] || exit 9; mkdir -p "$FAKE/oem/result" ;;
    *"result bundle"*)
        mkdir "$FAKE/oem/bundle"
        cd "$FAKE/oem/bundle"
        echo disk >name.x86_64-1.0-7.vmdk
        sha256sum name.x86_64-1.0-7.vmdk >name.x86_64-1.0-7.vmdk.sha256
        echo "file = name.x86_64-1.0-7.vmdk" >name.x86_64-1.0-7.vmx
        echo "name.x86_64-1.0-7" >name.x86_64-1.0-7.packages ;;
esac
exit 0
"""


class Fake:
    """A folder with a kiwi-ng and an rpm that write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "kiwi-ng").write_text(KIWI)
        (bin_folder / "rpm").write_text('#!/bin/sh\necho "rpm $1 $2 $3 $4" >>"$CALLS"\necho rpms\n')
        for program in bin_folder.iterdir():
            program.chmod(0o755)
        path = f"{bin_folder}:{os.environ['PATH']}"
        self.environment = {"PATH": path, "FAKE": str(folder), "CALLS": str(folder / "calls")}

    def run(self, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", SCRIPTS / script, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def calls(self) -> list[str]:
        text = (self.folder / "calls").read_text().replace(str(self.folder), "F")
        return text.splitlines()


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


def _create(fake: Fake, stem: str, *options: str) -> subprocess.CompletedProcess[str]:
    (fake.folder / "oem/root/var/lib/rpm").mkdir(parents=True)
    (fake.folder / "oem/root/var/lib/rpm/rpmdb.sqlite").touch()
    own = "name.x86_64-1.0-7"
    return fake.run("create.sh", fake.folder / "oem", "-", "C.yml", "7", own, stem, *options)


def test_create(fake: Fake) -> None:
    assert _create(fake, "name.x86_64-1.0-7", "--profile=Disk", "--type=oem").returncode == 0
    called = "kiwi-ng --config=C.yml --debug"
    selected = "--profile=Disk --type=oem"
    assert fake.calls == [
        f"{called} {selected} system create --root=F/oem/root --target-dir=F/oem/result",
        "rpm --root F/oem/root --dbpath /var/lib/rpm",
        f"{called} result bundle --target-dir=F/oem/result --bundle-dir=F/oem/bundle --id=7",
    ]
    assert (fake.folder / "oem/rpms.tsv").read_text() == "rpms\n"


def test_create_renames_and_checksums_go_on_being_true(fake: Fake) -> None:
    assert _create(fake, "name-1.0-7.x86_64").returncode == 0
    bundle = fake.folder / "oem/bundle"
    assert sorted(path.name for path in bundle.iterdir()) == [
        "name-1.0-7.x86_64.packages",
        "name-1.0-7.x86_64.vmdk",
        "name-1.0-7.x86_64.vmdk.sha256",
        "name-1.0-7.x86_64.vmx",
    ]
    digest = hashlib.sha256((bundle / "name-1.0-7.x86_64.vmdk").read_bytes()).hexdigest()
    said = (bundle / "name-1.0-7.x86_64.vmdk.sha256").read_text().split()
    assert said == [digest, "name-1.0-7.x86_64.vmdk"]
    assert "name-1.0-7.x86_64.vmdk" in (bundle / "name-1.0-7.x86_64.vmx").read_text()


def test_create_ends_as_kiwi_does(fake: Fake) -> None:
    (fake.folder / "fails").touch()
    assert _create(fake, "x").returncode == 9
    assert len(fake.calls) == 1


def test_an_image_without_an_rpm_database(fake: Fake) -> None:
    (fake.folder / "oem/root").mkdir(parents=True)
    ended = fake.run("create.sh", fake.folder / "oem", "-", "C.yml", "7", "x", "x")
    assert ended.returncode == 0
    assert "the image has no RPM database" in ended.stderr
    assert (fake.folder / "oem/rpms.tsv").read_text() == ""


def test_prepare_that_prepared_nothing(fake: Fake) -> None:
    root = fake.folder / "root"
    ended = fake.run("prepare.sh", root, "kiwi-ng", "system", "prepare", "a b")
    assert ended.returncode == 1
    assert "prepared nothing" in ended.stderr
    (fake.folder / "prepares").touch()
    assert fake.run("prepare.sh", root, "kiwi-ng", "system", "prepare").returncode == 0


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_shellcheck(script: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run(["shellcheck", "--shell=sh", script], check=True)


def _can_contain() -> bool:
    argv = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


@pytest.fixture
def contained(as_root: None, fake: Fake) -> Iterator[Fake]:
    if not _can_contain():
        pytest.skip("namespaces cannot be made here")
    yield fake
    assert "contained-test" not in Path("/proc/mounts").read_text()


def test_contained_ends_as_its_command(contained: Fake) -> None:
    assert contained.run("contained.sh", "sh", "-c", "exit 7").returncode == 7
    assert contained.run("contained.sh", "true").returncode == 0
    assert contained.run("contained.sh", "no-such-command").returncode == 127


def test_contained_takes_all_along(contained: Fake) -> None:
    left = contained.folder / "left"
    left.mkdir()
    script = f"mount -t tmpfs contained-test {left}; (sleep 0.3; touch {left}/../woke) & exit 3"
    assert contained.run("contained.sh", "sh", "-c", script).returncode == 3
    time.sleep(0.6)
    assert not (contained.folder / "woke").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_contained_ends_when_it_is_told_to(contained: Fake, number: signal.Signals) -> None:
    deaf = f'trap "" INT TERM; echo up; sleep 0.3; touch {contained.folder}/woke; sleep 60'
    with subprocess.Popen(
        ["/bin/sh", SCRIPTS / "contained.sh", "sh", "-c", deaf],
        env=contained.environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        assert process.wait(10) == 128 + number
    time.sleep(0.6)
    assert not (contained.folder / "woke").exists()


def test_types_of_one_root_do_not_see_each_other(contained: Fake) -> None:
    prepared = contained.folder / "prepared"
    prepared.mkdir()
    (prepared / "file").write_text("prepared")
    kiwi = contained.folder / "bin/kiwi-ng"
    kiwi.write_text('#!/bin/sh\ncat "$FAKE/oem/root/file"\necho dirty >"$FAKE/oem/root/file"\n')
    script = SCRIPTS / "create.sh"
    arguments = (contained.folder / "oem", prepared, "C.yml", "7", "x", "x")
    ended = contained.run("contained.sh", "/bin/sh", script, *arguments)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("prepared")
    if "from the prepared root itself" in ended.stdout:
        pytest.skip("neither overlays nor reflinks here")
    assert (prepared / "file").read_text() == "prepared"
