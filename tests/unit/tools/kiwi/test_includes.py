from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi import includes

from .described import PLAIN, flat, image, write

if TYPE_CHECKING:
    from pathlib import Path


def test_without_includes_nothing_changes(tmp_path: Path) -> None:
    found = flat(tmp_path)
    assert found.text == image().encode()
    assert [section.element.name for section in found.sections] == ["preferences"]
    assert found.complete() is found


def test_at_any_depth_comments_kept(tmp_path: Path) -> None:
    found = flat(
        tmp_path,
        f'<!-- 1 --><include from="this://./sub/b.xml"/><!-- 5 -->{PLAIN}',
        sub__b_xml='<?xml version="1.0"?>\n<!-- off --><image><!-- 2 --><include\nfrom="this://c.xml"'
        "></include><!-- 4 --></image>",
        c_xml="<image><!-- 3 --><users/></image>",
    )
    assert b"<!-- 1 --><!-- 2 --><!-- 3 --><users/><!-- 4 --><!-- 5 --><pref" in found.text
    users, preferences = found.sections
    assert users.where() == "c.xml line 1"
    assert preferences.where() == "a.kiwi line 2"
    for section in found.sections:
        start = section.element.start + section.shift
        assert found.text[start:].startswith(b"<" + section.element.name.encode())


def test_one_file_twice(tmp_path: Path) -> None:
    twice = '<include from="this://b.xml"/><include from="this://b.xml"/>'
    assert len(flat(tmp_path, twice, b_xml="<image><users/></image>").sections) == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("this://../../b.xml", "a.kiwi line 2: include from 'this://../../b.xml' leads out"),
        ("this:///etc/passwd", "not relative to the description's folder"),
        ("this://", "not relative to the description's folder"),
        ("file:///etc/passwd", "only this:// is followed"),
        ("https://example.com/b.xml", "only this:// is followed"),
        ("b.xml", "only this:// is followed"),
        ("", "only this:// is followed"),
        ("this://link.xml", "a.kiwi line 2: include: link.xml leads out of the checkout"),
        ("this://bad.xml", "bad.xml line 1, column 1: unclosed token"),
        ("this://users.xml", "users.xml line 1: a KIWI description is an <image>, this is a <user"),
        ("this://folder", "include: folder in the checkout is not a regular file"),
        ("this://pipe", "include: pipe in the checkout is not a regular file"),
        ("this://large.xml", "include: large.xml in the checkout has more than"),
    ],
)
def test_refused(tmp_path: Path, source: str, says: str) -> None:
    (tmp_path / "b.xml").write_text("<image/>")
    checkout = tmp_path / "checkout"
    (checkout / "folder").mkdir(parents=True)
    (checkout / "link.xml").symlink_to("../b.xml")
    os.mkfifo(checkout / "pipe")
    (checkout / "large.xml").touch()
    os.truncate(checkout / "large.xml", 1 << 40)
    with pytest.raises(DescriptionError) as refused:
        flat(checkout, f'<include from="{source}"/>', bad_xml="<image", users_xml="<users/>")
    assert says in refused.value.what


def test_a_symlink_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to("b.xml")
    found = flat(tmp_path, '<include from="this://link.xml"/>', b_xml="<image><users/></image>")
    assert len(found.sections) == 1


def test_a_loop_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError) as refused:
        flat(
            tmp_path,
            '<include from="this://b.xml"/>',
            b_xml='<image>\n<include from="this://c.xml"/></image>',
            c_xml='<image>\n\n<include from="this://./b.xml"/></image>',
        )
    assert refused.value.what == (
        "c.xml line 3: an include that includes itself: b.xml -> c.xml -> b.xml"
    )


def test_a_bomb_of_includes_is_refused(tmp_path: Path) -> None:
    names = [f"n{number}.xml" for number in range(30)]
    for name, following in zip(names, names[1:]):
        twice = f'<include from="this://{following}"/>' * 2
        (tmp_path / name).write_text(f"<image>{twice}</image>")
    (tmp_path / names[-1]).write_text("<image/>")
    with pytest.raises(DescriptionError, match="more than 2000 includes"):
        flat(tmp_path, '<include from="this://n0.xml"/>')


def test_includes_that_grow_are_refused(tmp_path: Path) -> None:
    (tmp_path / "big.xml").write_text(f"<image><!--{'x' * (1 << 20)}--></image>")
    with pytest.raises(DescriptionError, match="too large together"):
        flat(tmp_path, '<include from="this://big.xml"/>' * 5)


def test_what_is_missing_is_told_when_it_matters(tmp_path: Path) -> None:
    found = flat(tmp_path, f'<include from="this://generated.xml"/>{PLAIN}')
    assert len(found.sections) == 1
    with pytest.raises(DescriptionError) as refused:
        found.complete()
    assert refused.value.what == (
        "a.kiwi line 2: include: generated.xml does not exist in the checkout"
    )


@pytest.mark.parametrize("schema", ["", 'schemaversion="7.3"', 'schemaversion="new"'])
def test_an_old_schema_is_refused(tmp_path: Path, schema: str) -> None:
    tree = write(tmp_path, a_kiwi=image(attributes=f'{schema} name="small"'))
    with pytest.raises(DescriptionError, match=r"kiwi reads 7\.4 and newer"):
        includes.flatten(tree, "a.kiwi")
