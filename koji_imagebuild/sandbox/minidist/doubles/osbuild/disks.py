"""Stages that make a disk: an image file, partitions, a file system that the kernel fills."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .store import copy as copy_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .work import Work

_SECTOR = 512


def truncate(work: Work) -> None:
    path = work.tree / work.options["filename"]
    with path.open("ab") as file:
        file.truncate(int(work.options["size"]))


def sfdisk(work: Work) -> None:
    """Write the partition table; starts and sizes are sectors of 512 bytes."""
    lines = [f"label: {work.options['label']}"]
    if "uuid" in work.options:
        uuid = work.options["uuid"]
        lines.append(f"label-id: {uuid if work.options['label'] == 'gpt' else '0x' + uuid[-8:]}")
    for each in work.options.get("partitions", ()):
        words = [f"{key}={each[key]}" for key in ("start", "size", "type", "uuid") if key in each]
        lines.append(", ".join(words + ["bootable"] * bool(each.get("bootable"))))
    with _device(work, "device") as device:
        work.run("sfdisk", "--quiet", "--no-tell-kernel", device, stdin="\n".join(lines) + "\n")


def mkfs_ext4(work: Work) -> None:
    label = ("-L", work.options["label"]) if "label" in work.options else ()
    with _device(work, "device") as device:
        work.run("mkfs.ext4", "-q", "-U", work.options["uuid"], *label, device)


def copy(work: Work) -> None:
    """Copy between inputs, mounts and the tree: ``{from: input://NAME/..., to: tree:///...}``."""
    with ExitStack() as mounts:
        places = {each["name"]: mounts.enter_context(_mounted(work, each)) for each in work.mounts}
        for each in work.options["paths"]:
            source, target = (_place(work, places, each[key]) for key in ("from", "to"))
            if each.get("remove_destination") and target.exists():
                target.unlink()
            if source.is_dir() and target.is_dir():
                work.run("cp", "--archive", "-T", source, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                copy_tree(source, target)


def bootc(work: Work) -> None:
    """The image's id in a file of the file system: there is no bootc here."""
    (mount,) = work.mounts
    with _mounted(work, mount) as folder:
        text = json.dumps({"images": [path.name for path in work.inputs["images"]]})
        (folder / "ostree").mkdir()
        (folder / "ostree" / "deployed.json").write_text(text)


def qemu(work: Work) -> None:
    """Convert the input ``image``; its reference names the file of the tree."""
    kind = work.options["format"]["type"]
    options = ("-c",) if work.options["format"].get("compression", kind == "qcow2") else ()
    target = work.tree / work.options["filename"]
    work.run("qemu-img", "convert", "-O", kind, *options, work.input("image"), target)


def _place(work: Work, mounts: dict[str, Path], url: str) -> Path:
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if parts.scheme == "tree":
        return work.tree / path
    if parts.scheme == "mount":
        return mounts[parts.netloc] / path
    (base,) = work.inputs[parts.netloc]
    # An input of files has the store's names; one of a tree is the tree.
    return base if base.is_file() else base / path


@contextmanager
def _device(work: Work, name: str) -> Iterator[Path]:
    """A loop device on the part of a file that a device of the stage describes."""
    options = work.devices[name]["options"]
    words: list[str | Path] = ["--offset", str(options.get("start", 0) * _SECTOR)]
    if "size" in options:
        words += ["--sizelimit", str(options["size"] * _SECTOR)]
    file = work.tree / options["filename"]
    device = work.run("losetup", "--find", "--show", *words, file).strip()
    try:
        yield Path(device)
    finally:
        work.run("losetup", "--detach", device)


@contextmanager
def _mounted(work: Work, mount: Mapping[str, Any]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=work.tree.parent))
    with _device(work, mount["source"]) as device:
        work.run("mount", "-t", "ext4", device, folder)
        try:
            shutil.rmtree(folder / "lost+found", ignore_errors=True)
            yield folder
        finally:
            work.run("umount", folder)
            folder.rmdir()
