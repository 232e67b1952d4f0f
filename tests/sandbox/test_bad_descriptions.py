"""Descriptions that nobody should build: refused before a builder is busy, by file and line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from .batch import Asked, Ended, run
from .described import TBZ, tiny

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

OPEN = '<image schemaversion="8.0" name="tiny">'
BOMB = (
    '<!DOCTYPE image [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n'
)
OUTSIDE = '<!DOCTYPE image [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n'


def include(source: str) -> str:
    return f'<include from="{source}"/>'


@dataclass(frozen=True)
class Bad:
    """A description and what is said about it.

    :param files: beside it, by name
    :param path: what is asked for, when it is not the description itself
    """

    text: str
    says: str
    files: Mapping[str, str] = field(default_factory=dict)
    opts: Mapping[str, object] = field(default_factory=dict)
    path: str = ""


BAD = {
    "no-xml": Bad("#!/bin/sh\nrm -rf /\n", "no-xml/x.kiwi line 1, column 2: not well-formed"),
    "cut-off": Bad(OPEN, "cut-off/x.kiwi line 1, column 40: no element found"),
    "empty": Bad("", "empty/x.kiwi line 1, column 1: no element found"),
    "binary": Bad("\0\1\2", "binary/x.kiwi line 1, column 1: not well-formed (invalid token)"),
    "no-image": Bad(
        "<domain/>", "no-image/x.kiwi line 1: a KIWI description is an <image>, this is a <domain>"
    ),
    "old-schema": Bad(
        tiny(head='<image schemaversion="6.1" name="tiny">'),
        "old-schema/x.kiwi line 1: schemaversion is 6.1, kiwi reads 7.4 and newer",
    ),
    "bomb": Bad(BOMB + tiny(), "bomb/x.kiwi line 1: a DOCTYPE is not accepted"),
    "external": Bad(OUTSIDE + tiny(), "external/x.kiwi line 1: a DOCTYPE is not accepted"),
    "absolute": Bad(
        tiny(more=include("this:///etc/passwd")),
        "absolute/x.kiwi line 13: include from 'this:///etc/passwd': not relative to",
    ),
    "dots": Bad(
        tiny(more=include("this://../../etc/passwd")),
        "dots/x.kiwi line 13: include from 'this://../../etc/passwd' leads out of the checkout",
    ),
    "scheme": Bad(
        tiny(more=include("file:///etc/passwd")),
        "scheme/x.kiwi line 13: include from 'file:///etc/passwd': only this:// is followed",
    ),
    "fetched": Bad(
        tiny(more=include("https://example.org/x.xml")),
        "fetched/x.kiwi line 13: include from 'https://example.org/x.xml': only this:// is",
    ),
    "symlink": Bad(
        tiny(more=include("this://passwd.xml")),
        "symlink/x.kiwi line 13: include: symlink/passwd.xml leads out of the checkout",
    ),
    "missing": Bad(
        tiny(more=include("this://nowhere.xml")),
        "missing/x.kiwi line 13: include: missing/nowhere.xml does not exist in the checkout",
    ),
    "loop": Bad(
        tiny(more=include("this://a.xml")),
        "loop/b.xml line 1: an include that includes itself:"
        " loop/a.xml -> loop/b.xml -> loop/a.xml",
        files={
            "a.xml": f"<image>{include('this://b.xml')}</image>",
            "b.xml": f"<image>{include('this://a.xml')}</image>",
        },
    ),
    "itself": Bad(
        tiny(more=include("this://x.kiwi")),
        "itself/x.kiwi line 13: an include that includes itself: itself/x.kiwi -> itself/x.kiwi",
    ),
    "broken-part": Bad(
        tiny(more=include("this://a.xml")),
        "broken-part/a.xml line 1, column 13: mismatched tag",
        files={"a.xml": "<image><a></image>"},
    ),
    "hyphen": Bad(
        tiny(version="1.0-rc1"),
        "hyphen/x.kiwi: version: '1.0-rc1' holds a hyphen, and Koji splits N-V-R at hyphens\n"
        "Use '1.0_rc1' or '1.0.rc1'",
    ),
    "slash": Bad(
        tiny(head='<image schemaversion="8.0" name="../tiny">'),
        "slash/x.kiwi: '../tiny' is not a name",
    ),
    "dash": Bad(
        tiny(head='<image schemaversion="8.0" name="--help">'),
        "dash/x.kiwi: '--help' is not a name",
    ),
    "twice": Bad(
        tiny(types=TBZ + TBZ), "twice/x.kiwi line 10: type tbz is already set up in twice/x.kiwi"
    ),
    "no-types": Bad(
        tiny(types=""), "no-types/x.kiwi has no type for no profile on {arch}"
    ),
    "type": Bad(
        tiny(), 'type/x.kiwi has no type "oem" for no profile on {arch}; it has tbz',
        opts={"type": "oem"},
    ),
    "profile": Bad(
        tiny(), 'profile/x.kiwi has no profile "Dsik"; it has none', opts={"profile": "Dsik"}
    ),
    "attribute": Bad(
        tiny(), "opts.type_attr: kiwi's <type> has no attribute filesystm\nIt has filesystem",
        opts={"type_attr": ["filesystm=ext4"]},
    ),
    "several": Bad(
        tiny(),
        "several has several .kiwi files: x.kiwi, y.kiwi\n"
        "Say which by giving its path instead of the folder's",
        files={"y.kiwi": tiny()}, path="several",
    ),
    "none": Bad(tiny(), "none/deeper has no .kiwi file in the checkout",
        files={"deeper/readme": ""}, path="none/deeper"),
    "nowhere": Bad(tiny(), "nowhere/y.kiwi does not exist in the checkout", path="nowhere/y.kiwi"),
    "folder": Bad(tiny(), "folder/y.kiwi has no .kiwi file in the checkout",
        files={"y.kiwi/readme": ""}, path="folder/y.kiwi"),
    "linked": Bad(tiny(), "linked/passwd.xml leads out of the checkout", path="linked/passwd.xml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ended(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """All of them, asked for at once: from one repository, in a folder each."""
    top = tmp_path_factory.mktemp("bad")
    for name, bad in BAD.items():
        _write(top / name, bad)
    url = koji.publish(top, "bad-descriptions")
    return run(
        koji,
        url,
        {name: Asked(bad.path or f"{name}/x.kiwi", bad.opts) for name, bad in BAD.items()},
    )


def _write(folder: Path, bad: Bad) -> None:
    folder.mkdir()
    for name, text in {"x.kiwi": bad.text, **bad.files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (folder / "passwd.xml").symlink_to("/etc/passwd")


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_by_file_and_line(name: str, koji: Koji, ended: dict[str, Ended]) -> None:
    end = ended[name]
    assert end.state == "FAILED"
    assert end.text.startswith(BAD[name].says.format(arch=koji.arch))
    assert "Traceback" not in end.text
    assert "root:" not in end.text
    assert end.arches == ()


def test_nothing_of_them_is_built(koji: Koji, ended: dict[str, Ended]) -> None:
    session = koji.session()
    assert not any(session.listBuilds(taskID=end.task) for end in ended.values())
