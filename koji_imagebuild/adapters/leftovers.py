"""Loop and device-mapper devices that a tool left behind in a build root.

Mounts live in the tool's private namespace and go with it; block devices do not. They are released
by ioctl (linux/loop.h, linux/blkpg.h, linux/dm-ioctl.h), innermost first.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.tools.layout import WORK

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOP_CLR_FD = 0x4C01
_LOOP_GET_STATUS64 = 0x4C05
_LOOP_INFO64 = (
    232  # size of struct loop_info64, which begins with the file's device number and inode
)
_BLKPG = 0x1269
_BLKPG_DEL_PARTITION = 2
_DM_DEV_REMOVE = 0xC138FD04
_DM_IOCTL = struct.Struct("=6Ii3IQ128s129s7s")

# What fails below is in use or gone already: somebody else's, or nobody's.
_SYS_BLOCK = Path("/sys/block")
_SYS_CLASS_BLOCK = Path("/sys/class/block")  # partitions as well
_PATIENCE = 3.0  # seconds
_DELETED = " (deleted)"


@dataclass(frozen=True)
class Attached:
    """A loop device and what is behind it.

    :param path: of the backing file; the kernel may give it relative to the mount it was opened
        through, once the namespace of that mount has gone
    :param deleted: whether that file was removed meanwhile
    :param file_system: device number of the file system it lies on
    :param inode: its number there
    """

    device: str
    path: str
    deleted: bool
    file_system: int
    inode: int

    @property
    def identity(self) -> tuple[str, int, int]:
        """The same as long as it is not attached anew; a path changes when its file is removed."""
        return (self.device, self.file_system, self.inode)

    @property
    def abandoned(self) -> bool:
        """Attached in our wrapper, which makes a build root a mount of its own, and left there: a
        path from that mount on is one whose namespace has gone. Of a file that has gone too,
        nobody can tell in which build root it was.
        """
        return self.deleted and self.path.startswith(f"{WORK}/")


def attached() -> Iterator[Attached]:
    """Every attached loop device."""
    for entry in sorted(_SYS_BLOCK.glob("loop*")):
        try:
            path = (entry / "loop" / "backing_file").read_text().rstrip("\n")
            with Path("/dev", entry.name).open("rb") as stream:
                status = fcntl.ioctl(stream.fileno(), _LOOP_GET_STATUS64, bytes(_LOOP_INFO64))
        except OSError:
            continue
        file_system, inode = struct.unpack_from("=QQ", status)
        deleted = path.endswith(_DELETED)
        yield Attached(entry.name, path.removesuffix(_DELETED), deleted, file_system, inode)


def known() -> frozenset[tuple[str, int, int]]:
    """Identities of all that is attached now, for :func:`release_below`."""
    return frozenset(device.identity for device in attached())


class Below:
    """Whether a loop device's backing file lies below a folder, by every name it may have."""

    def __init__(self, folder: Path) -> None:
        self._folder = real = Path(os.path.realpath(folder))
        self.file_system = real.stat().st_dev
        mount = real
        while mount.parent.stat().st_dev == self.file_system and mount.parent != mount:
            mount = mount.parent
        # The folder may be the mount itself: "/." is "/".
        inside = os.path.normpath(f"/{real.relative_to(mount)}").rstrip("/")
        self._full, self._inside = f"{real}/", f"{inside}/"

    def rest(self, device: Attached) -> str | None:
        """The backing file relative to the folder; None when it lies elsewhere."""
        if device.file_system != self.file_system:
            return None
        # Where this process lives in a chroot, the kernel may put that folder's path before ours.
        _, found, rest = device.path.partition(self._full)
        if found:
            return rest
        if device.path.startswith(self._inside):
            return device.path[len(self._inside) :]
        return self._in_a_root(device)

    def _in_a_root(self, device: Attached) -> str | None:
        """Our wrapper (tools/contained.sh) makes each build root a mount of its own."""
        for root in (self._folder, *self._folder.glob("*/root")):
            real = Path(os.path.realpath(f"{root}/{device.path}"))
            with suppress(OSError):
                status = real.stat()
                same = (status.st_dev, status.st_ino) == (device.file_system, device.inode)
                if same and root in real.parents:
                    return str(real.relative_to(self._folder))
        return None


def release_below(
    folder: Path, before: frozenset[tuple[str, int, int]] | None = None
) -> tuple[str, ...]:
    """Release every loop device whose backing file lies below a folder, and abandoned ones.

    :param before: what was known when the folder was new. Of a file that is removed nobody can
        tell where it was, so those that came since then, on the folder's file system, go as well:
        whoever still has such a device open, elsewhere, keeps it until it is closed
        (drivers/block/loop.c, loop_clr_fd)
    :returns: names of the devices that were released
    """
    if not folder.exists():
        return ()
    below = Below(folder)

    def left_behind(device: Attached) -> bool:
        if device.abandoned or below.rest(device) is not None:
            return True
        fresh = before is not None and device.identity not in before
        return fresh and device.deleted and device.file_system == below.file_system

    return release(left_behind)


def release(left_behind: Callable[[Attached], bool]) -> tuple[str, ...]:
    """Release every loop device that is left behind, and what stands on it."""
    devices = tuple(attached())
    chosen = [device for device in devices if left_behind(device)]
    for device in chosen:
        # A file on a file system on the device, mounted or not, keeps the device in use.
        numbers = _numbers(device.device)
        chosen += [d for d in devices if d.file_system in numbers and d not in chosen]
    for device in reversed(chosen):
        _release(device.device)
    return tuple(device.device for device in chosen)


def drop_stale_partitions() -> tuple[str, ...]:
    """Delete partitions of loop devices that nothing is attached to.

    A device that was detached while its partition was still mounted keeps the partition, and the
    next tool that gets the device cannot add its own.
    """
    stale = [
        entry.name
        for entry in sorted(_SYS_BLOCK.glob("loop*"))
        if not (entry / "loop").exists() and _partitions(entry.name)
    ]
    for loop in stale:
        with Path("/dev", loop).open("rb") as stream:
            _delete_partitions(loop, stream.fileno())
    return tuple(stale)


def _release(loop: str) -> None:
    for device in (loop, *_partitions(loop)):
        _remove_mappers(device)
    with Path("/dev", loop).open("rb") as stream:
        # The mounts of a namespace that has just ended may still be on their way out.
        deadline = time.monotonic() + _PATIENCE
        while not _delete_partitions(loop, stream.fileno()) and time.monotonic() < deadline:
            time.sleep(0.05)
        with suppress(OSError):
            fcntl.ioctl(stream.fileno(), _LOOP_CLR_FD, 0)


def _numbers(loop: str) -> frozenset[int]:
    """Device numbers of a loop device and its partitions."""
    folder = _SYS_BLOCK / loop
    found = (path.read_text().split(":") for path in (folder / "dev", *folder.glob("loop*/dev")))
    return frozenset(os.makedev(int(major), int(minor)) for major, minor in found)


def _partitions(loop: str) -> list[str]:
    return [path.name for path in (_SYS_BLOCK / loop).glob(f"{loop}p*")]


def _delete_partitions(loop: str, descriptor: int) -> bool:
    """Whether none is left."""
    for partition in _partitions(loop):
        with suppress(OSError):
            _delete_partition(descriptor, int(partition.rpartition("p")[2]))
    return not _partitions(loop)


def _delete_partition(descriptor: int, number: int) -> None:
    # struct blkpg_partition {long long start, length; int pno; char devname[64], volname[64];}
    partition = ctypes.create_string_buffer(struct.pack("=qqi64s64s4x", 0, 0, number, b"", b""))
    # struct blkpg_ioctl_arg {int op, flags, datalen; void *data;}
    argument = struct.pack(
        "@iiiP", _BLKPG_DEL_PARTITION, 0, len(partition), ctypes.addressof(partition)
    )
    fcntl.ioctl(descriptor, _BLKPG, argument)


def _remove_mappers(device: str) -> None:
    """Remove device-mapper devices on a block device, those on top of them first."""
    for holder in sorted((_SYS_CLASS_BLOCK / device / "holders").glob("dm-*")):
        _remove_mappers(holder.name)
        name = (holder / "dm" / "name").read_text().strip()
        with suppress(OSError):
            _remove_mapper(name)


def _remove_mapper(name: str) -> None:
    request = bytearray(_DM_IOCTL.size)
    _DM_IOCTL.pack_into(
        request, 0, 4, 0, 0, len(request), 0, 0, 0, 0, 0, 0, 0, name.encode(), b"", b""
    )
    with Path("/dev/mapper/control").open("r+b", buffering=0) as control:
        fcntl.ioctl(control.fileno(), _DM_DEV_REMOVE, request)
