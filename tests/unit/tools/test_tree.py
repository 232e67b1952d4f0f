from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "secret").write_text("outside")
    top = tmp_path / "top"
    (top / "folder").mkdir(parents=True)
    (top / "folder/file").write_text("inside")
    (top / "good").symlink_to("folder/file")
    (top / "out").symlink_to("../secret")
    (top / "absolute").symlink_to("/etc/passwd")
    (top / "up").symlink_to("..")
    (top / "loop").symlink_to("loop")
    return Tree(top, "the checkout")


def test_inside(tree: Tree) -> None:
    assert tree.file("folder/file").read_text() == "inside"
    assert tree.file("folder/../folder/file") == tree.file("good")
    assert tree.path("folder").is_dir()
    assert tree.read("good", 6) == b"inside"


@pytest.mark.parametrize(
    ("relative", "why"),
    [
        ("../secret", "leads out of the checkout"),
        ("out", "leads out of the checkout"),
        ("absolute", "leads out of the checkout"),
        ("up/secret", "leads out of the checkout"),
        ("/etc/passwd", "is absolute"),
        ("nothing", "does not exist in the checkout"),
        ("folder", "is not a regular file"),
        ("loop", "in the checkout"),
        ("folder/file/more", "in the checkout"),
        ("nul\0byte", "in the checkout"),
    ],
)
def test_outside(tree: Tree, relative: str, why: str) -> None:
    with pytest.raises(DescriptionError, match=why):
        tree.file(relative)


def test_a_limit_is_kept(tree: Tree) -> None:
    with pytest.raises(DescriptionError, match="more than 5 bytes"):
        tree.read("good", 5)


def test_the_top_may_be_a_symlink(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree.top)
    assert Tree(tmp_path / "link", "x").file("good").read_text() == "inside"
