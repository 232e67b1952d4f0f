"""Processes that live in a build root, as mock has them."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROOT = 'exec "$python" -c "import os; os.chroot(\'$root\'); print(flush=True); input()"'
#: As systemd-nspawn does it: seen from inside, the build root's path is "/".
CONTAINER = (
    'mount --bind "$root" "$root"; cd "$root"; mkdir -p old; pivot_root . old; echo; read answer'
)


@contextmanager
def settled(root: Path, how: str = CHROOT) -> Iterator[subprocess.Popen[str]]:
    """A process in a build root, which is made."""
    root.mkdir(parents=True, exist_ok=True)
    words = f"root='{root}' python=/usr/bin/python3; {how}"
    with subprocess.Popen(
        ("unshare", "--mount", "sh", "-ec", words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "\n"
        try:
            yield process
        finally:
            process.kill()
