"""Real loop devices, left behind in every way a tool has found so far."""

from __future__ import annotations

import ctypes
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters import leftovers

from . import devices
from .devices import is_attached, mounted, partitions

if TYPE_CHECKING:
    from .devices import Attach


def test_what_lies_below_a_folder_is_released(tmp_path: Path, attach: Attach) -> None:
    inside = attach(tmp_path / "root" / "builddir" / "disk.img")
    beside = attach(tmp_path / "root-of-another" / "disk.img")

    assert leftovers.release_below(tmp_path / "root") == (inside,)
    assert (is_attached(inside), is_attached(beside)) == (False, True)


def test_a_second_time_there_is_nothing_left(tmp_path: Path, attach: Attach) -> None:
    attach(tmp_path / "disk.img")
    leftovers.release_below(tmp_path)

    assert leftovers.release_below(tmp_path) == ()


def test_a_folder_that_is_gone_has_nothing(tmp_path: Path) -> None:
    assert leftovers.release_below(tmp_path / "gone") == ()


def test_a_folder_is_known_behind_a_symlink(tmp_path: Path, attach: Attach) -> None:
    device = attach(tmp_path / "real" / "disk.img")
    (tmp_path / "alias").symlink_to("real")

    assert leftovers.release_below(tmp_path / "alias") == (device,)


def test_partitions_go_with_their_device(tmp_path: Path, attach: Attach) -> None:
    device = attach(tmp_path / "disk.img", partitioned=True)
    assert partitions(device) == [f"{device}p1", f"{device}p2"]

    leftovers.release_below(tmp_path)

    assert (is_attached(device), partitions(device)) == (False, [])


def test_a_device_on_a_file_system_on_a_device(tmp_path: Path, attach: Attach) -> None:
    """The mount went with its namespace, but the inner device holds the outer one."""
    outer = attach(tmp_path / "root" / "disk.img")
    devices.run("mkfs.ext4", "-q", f"/dev/{outer}")
    at = tmp_path / "mounted"
    at.mkdir()
    attached = f"truncate -s 1M {at}/inner.img; losetup --find --show {at}/inner.img"
    script = f"mount /dev/{outer} {at}; {attached}"
    inner = Path(devices.run("unshare", "--mount", "sh", "-ec", script)).name

    assert set(leftovers.release_below(tmp_path / "root")) == {outer, inner}
    for device in (inner, outer):
        await_detached(device)


def test_a_deleted_backing_file_is_recognised(tmp_path: Path, attach: Attach) -> None:
    path = tmp_path / "disk.img"
    device = attach(path)
    path.unlink()

    (found,) = [each for each in leftovers.attached() if each.device == device]
    assert (found.path, found.deleted) == (str(path), True)
    assert found.file_system == tmp_path.stat().st_dev
    assert leftovers.release_below(tmp_path) == (device,)


def test_a_mount_that_goes_in_a_moment_is_waited_for(tmp_path: Path, attach: Attach) -> None:
    device = attach(tmp_path / "disk.img", partitioned=True)
    devices.run("mkfs.ext4", "-q", f"/dev/{device}p1")
    with mounted(f"/dev/{device}p1", tmp_path / "mounted", "ext4") as at:
        umount = threading.Timer(0.2, devices.run, ("umount", at))
        umount.start()
        leftovers.release_below(tmp_path)
        umount.join()

    assert (is_attached(device), partitions(device)) == (False, [])


def test_a_mount_that_stays_leaves_a_partition_that_is_dropped_later(
    tmp_path: Path, attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_PATIENCE", 0.1)
    device = attach(tmp_path / "disk.img", partitioned=True)
    devices.run("mkfs.ext4", "-q", f"/dev/{device}p1")
    with mounted(f"/dev/{device}p1", tmp_path / "mounted", "ext4") as at:
        leftovers.release_below(tmp_path)
        assert partitions(device) == [f"{device}p1"]
        devices.run("umount", at)

    await_detached(device)
    assert device in leftovers.drop_stale_partitions()
    assert partitions(device) == []


def await_detached(device: str) -> None:
    """The kernel detaches it when the last one lets go of it."""
    deadline = time.monotonic() + 5
    while is_attached(device):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_partitions_of_an_attached_device_are_not_stale(tmp_path: Path, attach: Attach) -> None:
    device = attach(tmp_path / "disk.img", partitioned=True)

    assert device not in leftovers.drop_stale_partitions()
    assert len(partitions(device)) == 2


@pytest.mark.parametrize("folder", ["mock", "mock/tag-1-2", "mock/tag-1-2/root"])
def test_a_file_system_mounted_on_its_own(tmp_path: Path, attach: Attach, folder: str) -> None:
    """The kernel names the file relative to the mount once the namespace it was opened in is
    gone; /var/lib/mock itself often is such a mount.
    """
    with mounted("none", tmp_path / "mock", "tmpfs"):
        device = attach(tmp_path / "mock" / "tag-1-2" / "root" / "disk.img")
        (found,) = [each for each in leftovers.attached() if each.device == device]
        below = leftovers.Below(tmp_path / folder)

        assert below.rest(found) == "mock/tag-1-2/root/disk.img"[len(folder) + 1 :]
        assert leftovers.release_below(tmp_path / folder) == (device,)


def test_another_file_system_below_the_folder_is_not_the_folders(
    tmp_path: Path, attach: Attach
) -> None:
    """Two file systems may have the same path relative to their mounts."""
    with mounted("none", tmp_path / "one", "tmpfs"), mounted("none", tmp_path / "two", "tmpfs"):
        device = attach(tmp_path / "one" / "root" / "disk.img")
        (tmp_path / "two" / "root").mkdir()

        assert leftovers.release_below(tmp_path / "two" / "root") == ()
        assert is_attached(device)


def test_the_question_is_asked_of_every_device(tmp_path: Path, attach: Attach) -> None:
    ours = {attach(tmp_path / "one.img"), attach(tmp_path / "two.img")}
    seen: list[str] = []

    assert leftovers.release(lambda device: bool(seen.append(device.device))) == ()
    assert ours <= set(seen)
    assert all(is_attached(device) for device in ours)


# Facts of the kernel's headers that no test here can try: this may run on a kernel without
# device mapper. _IOWR and _IO of asm-generic/ioctl.h.


def iowr(kind: int, number: int, size: int) -> int:
    return 3 << 30 | size << 16 | kind << 8 | number


def test_device_mapper_struct() -> None:
    """struct dm_ioctl: 3 version, data_size, data_start, target_count, open_count, flags,
    event_nr, padding (4 bytes each), dev (8), name (128), uuid (129), data (7).
    """
    assert leftovers._DM_IOCTL.size == 10 * 4 + 8 + 128 + 129 + 7 == 312
    assert iowr(0xFD, 4, 312) == leftovers._DM_DEV_REMOVE

    packed = leftovers._DM_IOCTL.pack(4, 0, 0, 312, 0, 0, 0, 0, 0, 0, 0, b"luks-1", b"", b"")
    assert struct.unpack_from("=3I", packed) == (4, 0, 0)
    assert struct.unpack_from("=I", packed, 12) == (312,)
    assert packed[48:56] == b"luks-1\0\0"


def test_loop_and_partition_structs() -> None:
    """struct loop_info64: 5 of 8 bytes, 4 of 4, names of 64 and 64, a key of 32, 2 of 8; struct
    blkpg_partition is padded to the alignment of a long long.
    """
    assert leftovers._LOOP_INFO64 == 5 * 8 + 4 * 4 + 64 + 64 + 32 + 2 * 8
    assert leftovers._BLKPG == 0x12 << 8 | 105
    assert struct.calcsize("=qqi64s64s4x") == (8 + 8 + 4 + 64 + 64 + 7) // 8 * 8
    assert struct.calcsize("@iiiP") == (24 if ctypes.sizeof(ctypes.c_void_p) == 8 else 16)


_C = """
#include <stdio.h>
#include <linux/blkpg.h>
#include <linux/dm-ioctl.h>
#include <linux/loop.h>
int main(void) {
    printf("%zu %lu %zu %zu %zu %d %d", sizeof(struct dm_ioctl), (unsigned long) DM_DEV_REMOVE,
           sizeof(struct loop_info64), sizeof(struct blkpg_partition),
           sizeof(struct blkpg_ioctl_arg), LOOP_CLR_FD, LOOP_GET_STATUS64);
    return 0;
}
"""


def test_the_headers_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "sizes.c").write_text(_C)
    try:
        devices.run("cc", "-o", tmp_path / "sizes", tmp_path / "sizes.c")
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no C compiler with the kernel's headers")

    assert [int(word) for word in devices.run(tmp_path / "sizes").split()] == [
        leftovers._DM_IOCTL.size,
        leftovers._DM_DEV_REMOVE,
        leftovers._LOOP_INFO64,
        struct.calcsize("=qqi64s64s4x"),
        struct.calcsize("@iiiP"),
        leftovers._LOOP_CLR_FD,
        leftovers._LOOP_GET_STATUS64,
    ]


def test_holders_are_removed_from_the_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A LUKS volume on a partition and a logical volume on it, as the kernel shows them."""
    removed: list[str] = []
    monkeypatch.setattr(leftovers, "_SYS_CLASS_BLOCK", tmp_path)
    monkeypatch.setattr(leftovers, "_remove_mapper", removed.append)
    for device, holder, name in (("loop9p1", "dm-0", "luks"), ("dm-0", "dm-1", "vg-root")):
        (tmp_path / holder / "dm").mkdir(parents=True)
        (tmp_path / holder / "dm" / "name").write_text(f"{name}\n")
        (tmp_path / device / "holders").mkdir(parents=True)
        (tmp_path / device / "holders" / holder).symlink_to(tmp_path / holder)

    leftovers._remove_mappers("loop9p1")

    assert removed == ["vg-root", "luks"]


def test_nothing_is_left_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    list(leftovers.attached())

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_in_a_chroot_the_kernel_names_more_than_we_see(tmp_path: Path) -> None:
    seen = leftovers.Attached(
        "loop9",
        f"/srv/chroot{tmp_path}/root/disk",
        deleted=False,
        file_system=tmp_path.stat().st_dev,
        inode=0,
    )

    assert leftovers.Below(tmp_path).rest(seen) == "root/disk"
