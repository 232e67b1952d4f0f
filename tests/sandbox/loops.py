"""The machine's loop devices, told apart by what was attached when."""

from __future__ import annotations

from pathlib import Path


def attached() -> dict[str, str]:
    """The kernel's names of backing files, by device and the number it gives every attachment."""
    found = {}
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        number = (path.parents[1] / "diskseq").read_text().strip()
        found[f"{path.parts[3]} {number}"] = path.read_text().strip()
    return found


def lost(before: frozenset[str]) -> tuple[str, ...]:
    """Those since then whose file is gone: nobody can tell whose they were."""
    return tuple(
        f"{device} {file}"
        for device, file in attached().items()
        if device not in before and file.endswith(" (deleted)")
    )
