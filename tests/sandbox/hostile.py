"""Descriptions that do things to their build root: by ``make prep``, which runs in it as root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .batch import Asked
from .described import tiny

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Takes kiwi's place in the build root. What a test wants it to do differently follows its
#: first lines, in a function called after the subcommand.
KIWI = """\
#!/bin/sh
set -eu
for word; do
    case $word in
        --root=*) root=${word#*=} ;;
        --target-dir=*) result=${word#*=} ;;
        --bundle-dir=*) bundle=${word#*=} ;;
        --id=*) release=${word#*=} ;;
    esac
done
prepare() { mkdir -p "$root/image"; touch "$root/image/config.xml"; }
create() { mkdir -p "$result"; image > "$result/kiwi.result.json"; }
image() { echo '{"archive": {"use_for_bundle": true}}'; }
bundle() { mkdir -p "$bundle"; echo image > "$bundle/tiny.$(uname -m)-1.0-$release.tar.xz"; }
@CHANGES@
case " $* " in
    *" prepare "*) prepare ;;
    *" create "*) create ;;
    *" bundle "*) bundle ;;
esac
"""
#: A bundle with an image of so many MiB, which is quickly made and takes a while to be handled.
LARGE = (
    'bundle() {{ mkdir "$bundle";'
    ' truncate -s {size}M "$bundle/tiny.$(uname -m)-1.0-$release.tar.xz"; }}'
)


@dataclass(frozen=True)
class Hostile:
    """One of them.

    :param prep: shell commands for ``make prep``
    :param kiwi: shell functions of what takes kiwi's place; None leaves kiwi alone
    """

    prep: str = ""
    kiwi: str | None = None
    description: str = field(default_factory=tiny)
    files: Mapping[str, str] = field(default_factory=dict)
    opts: Mapping[str, object] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Its files, to be published."""
        folder.mkdir()
        (folder / "x.kiwi").write_text(self.description)
        prep = self.prep
        if self.kiwi is not None:
            (folder / "kiwi-ng").write_text(KIWI.replace("@CHANGES@", self.kiwi))
            prep += "\ninstall -m 755 kiwi-ng /usr/bin/kiwi-ng"
        (folder / "prep.sh").write_text(f"set -eu\n{prep}\n")
        (folder / "Makefile").write_text("prep:\n\tsh prep.sh\n")
        for name, text in self.files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def asked(self, folder: str) -> Asked:
        return Asked(f"{folder}/x.kiwi", {"scratch": True, "make_prep": True, **self.opts})
