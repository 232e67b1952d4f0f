"""Making a build root and running commands in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root import cache, isolation, namespace, packages
from koji_imagebuild.sandbox.root.recipe import Recipe, make

from .conftest import needs_root

pytestmark = needs_root

SIMPLE = isolation.Isolation(simple=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def root(tiny_repo: str, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roots")
    log = folder / "root.log"
    log.touch()
    make(folder / "root", Recipe((tiny_repo,), "tiny"), shared, log)
    return folder / "root"


def run(root: Path, *argv: str, how: isolation.Isolation = SIMPLE, cwd: str = "/") -> int:
    return namespace.in_child(
        lambda: isolation.run(root, how, argv, cwd, isolation.ENVIRONMENT),
    )


def test_dnf_fills_it_and_nothing_of_the_host_is_left_in_it(root: Path, shared: Path) -> None:
    assert (root / "bin" / "uname").exists()
    assert (root / "builddir").is_dir()
    assert (root / "var" / "lib" / "rpm").is_dir() or (root / "usr/lib/sysimage/rpm").is_dir()
    assert list((root / "var" / "cache" / "dnf").iterdir()) == []
    assert any((shared / "dnf" / "downloads").iterdir())
    assert str(root) not in Path("/proc/self/mountinfo").read_text()


def test_the_second_one_is_a_copy_of_its_own(tiny_repo: str, shared: Path, root: Path) -> None:
    log = root.parent / "second.log"
    log.touch()
    second = root.parent / "second"
    make(second, Recipe((tiny_repo,), "tiny", network=True), shared, log)
    assert "dnf" not in log.read_text()
    assert (second / "etc" / "resolv.conf").read_bytes() == Path("/etc/resolv.conf").read_bytes()
    (second / "bin" / "uname").write_text("broken")
    assert (root / "bin" / "uname").read_bytes() != b"broken"


def test_a_missing_package_is_told_in_dnfs_words(
    tiny_repo: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast("dict[str, Any]", packages.BUILT_IN), "odd", ("no-such",))
    log = tmp_path / "root.log"
    log.touch()
    with pytest.raises(Infrastructure) as caught:
        make(tmp_path / "root", Recipe((tiny_repo,), "odd"), shared, log)
    assert any("no-such" in line for line in caught.value.lines)
    assert "no repository has a group odd; instead: no-such" in log.read_text()
    assert not (tmp_path / "root").exists()


def test_a_command_sees_proc_sys_dev_and_mocks_environment(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = "test -e /proc/1/status && test -d /sys/class && test -b /dev/loop0 && echo $HOME $PWD"
    assert run(root, "sh", "-c", script, cwd="/builddir") == 0
    assert capfd.readouterr().out == "/builddir /builddir\n"
    assert list((root / "dev").iterdir()) == []


def test_the_root_is_no_mount_point_as_in_mocks_simple_isolation(root: Path) -> None:
    script = "while read -r a b c d point rest; do test $point = / && exit 1; done"
    assert run(root, "sh", "-c", script + " < /proc/self/mountinfo; exit 0") == 0


def test_dev_of_the_host_can_be_bound(root: Path) -> None:
    how = isolation.Isolation(simple=True, binds=(("/dev", "/dev"),))
    node = next(path.name for path in Path("/dev").iterdir() if path.name != "null")
    assert run(root, "sh", "-c", f"test -e /dev/null && test -e /dev/{node}", how=how) == 0


def test_without_simple_isolation_networks_cannot_be_configured(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for simple in (True, False):
        run(root, "cat", "/proc/self/status", how=isolation.Isolation(simple))
    masks = [int(line.split()[1], 16) for line in capfd.readouterr().out.splitlines()
             if line.startswith("CapEff")]  # fmt: skip
    assert [mask >> namespace.CAP_NET_ADMIN & 1 for mask in masks] == [1, 0]


def test_a_missing_command_is_a_sentence(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(root, "kiwi-ng") == 127
    assert capfd.readouterr().out == "ERROR: kiwi-ng: No such file or directory\n"


def test_no_ready_root_goes_while_somebody_builds(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with cache.kept(ready):
        for number in range(cache.KEEP + 2):
            cache.provide(ready, f"key{number}", lambda _fresh: None, lambda _ready: None)
        assert len([path for path in ready.iterdir() if path.is_dir()]) == cache.KEEP + 2

    assert len([path for path in ready.iterdir() if path.is_dir()]) == cache.KEEP


def test_only_the_latest_ready_roots_are_kept(tmp_path: Path) -> None:
    for number in range(cache.KEEP + 2):

        def fill(fresh: Path, number: int = number) -> None:
            (fresh / "number").write_text(str(number))

        cache.provide(tmp_path / "ready", f"key{number}", fill, lambda _ready: None)
        os.utime(tmp_path / "ready" / f"key{number}", (number, number))
    kept = {path.name for path in (tmp_path / "ready").iterdir() if path.is_dir()}
    assert len(kept) == cache.KEEP
    assert "key0" not in kept


def test_a_ready_root_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "ready" / "key.new").mkdir(parents=True)
    (tmp_path / "ready" / "key.new" / "half").touch()
    taken: list[Path] = []
    cache.provide(tmp_path / "ready", "key", lambda _fresh: None, taken.append)
    assert list(taken[0].iterdir()) == []
