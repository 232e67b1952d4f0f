from __future__ import annotations

from pathlib import Path

import pytest

from koji_imagebuild.tools.kiwi import progress

LOGS = Path(__file__).parent / "logs"


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("[ INFO    ]: 11:33:05 | Installing bootstrap packages", "install packages"),
        ("[ INFO    ]: 11:33:06 | Calling config.sh script", "run config.sh"),
        ("[ INFO    ]: 11:33:10 | Creating qcow2 Disk Format", "create disk image (qcow2)"),
        ("[ INFO    ]: 11:14:23 | Creating live ISO image", "create live image"),
        ("[ INFO    ]: 11:14:23 | Creating erofs filesystem", "create erofs image"),
        ("[ INFO    ]: Processing: [#####     ] 12%", None),
        (
            "[ INFO    ]: Processing: [#####     ] 62%[ DEBUG   ]: 11:33:06 | bootstrap: x",
            "install packages (50 %)",
        ),
        (
            "[ INFO    ]: Processing: [##########] 100%[ INFO    ]: 11:33:06 | Calling x.sh script",
            "run x.sh",
        ),
        ("[ DEBUG   ]: 11:33:06 | EXEC: [echo Installing bootstrap packages]", None),
        ("what a script prints: Creating live ISO image", None),
        ("", None),
    ],
)
def test_step(line: str, step: str | None) -> None:
    assert progress.step(line) == step


def test_a_whole_log() -> None:
    lines = (LOGS / "image-full.log").read_text().split("\n")
    steps = list(dict.fromkeys(filter(None, map(progress.step, lines))))
    assert steps == [
        "read description",
        "create disk image",
        "create initrd",
        "copy files into the disk image",
    ]
