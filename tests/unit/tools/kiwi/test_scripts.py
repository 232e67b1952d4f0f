"""The shell scripts that go into the build root, run with a kiwi that only pretends."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

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

    def run(self, script: str | Path, *arguments: object) -> subprocess.CompletedProcess[str]:
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


@pytest.mark.usefixtures("namespaces")
def test_types_of_one_root_do_not_see_each_other(fake: Fake) -> None:
    prepared = fake.folder / "prepared"
    prepared.mkdir()
    (prepared / "file").write_text("prepared")
    kiwi = fake.folder / "bin/kiwi-ng"
    kiwi.write_text('#!/bin/sh\ncat "$FAKE/oem/root/file"\necho dirty >"$FAKE/oem/root/file"\n')
    wrapper = Path(shutil.copy(SCRIPTS.parent / "contained.sh", fake.folder))
    arguments = (fake.folder / "oem", prepared, "C.yml", "7", "x", "x")
    ended = fake.run(wrapper, "/bin/sh", SCRIPTS / "create.sh", *arguments)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("prepared")
    if "from the prepared root itself" in ended.stdout:
        pytest.skip("neither overlays nor reflinks here")
    assert (prepared / "file").read_text() == "prepared"
