"""What a build root does to a builder that lays out files in it; the rest is in golden files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError, PreflightError
from koji_imagebuild.tools.layout import Layout

from .builds import KIWI, checkout, job, prepared, tool
from .described import PLAIN, image

if TYPE_CHECKING:
    from pathlib import Path


def test_files_laid_out(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    before = {path.name for path in folder.iterdir()}
    plan = prepared(tmp_path, tool(), folder)
    assert {path.name for path in folder.iterdir()} - before == {"small-1.0-7.x86_64.kiwi.xml"}
    (record,) = plan.records
    assert (record.path.parent, record.name) == (folder, plan.kiwi_file)
    work = tmp_path / plan.work.relative_to("/")
    laid_out = {path.name for path in work.iterdir()}
    assert laid_out == {"kiwi.yml", "prepare.sh", "create.sh"}
    assert str(plan.description) == "/builddir/image-build/source/descriptions"


def test_the_sites_configuration_of_kiwi_is_read(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/kiwi.yml").write_text("iso:\n  - x: y\n")
    kiwi = tool()
    folder = checkout(tmp_path)
    plan = kiwi.prepare(job(kiwi), Layout(tmp_path), folder, KIWI.replace("11.1.6", "10.2.45"))
    text = (tmp_path / plan.config.relative_to("/")).read_text()
    assert text.startswith("iso:\n  - x: y\nxz:")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../../outside"])
def test_a_configuration_that_leads_out_is_not_read(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    (tmp_path / "outside").write_text("secret: 1")
    folder = checkout(root)
    (root / "etc").mkdir()
    (root / "etc/kiwi.yml").symlink_to(target)
    plan = prepared(root, tool(), folder)
    assert (root / plan.config.relative_to("/")).read_text().startswith("xz:")


def test_a_kiwi_that_is_too_old(tmp_path: Path) -> None:
    kiwi = tool()
    with pytest.raises(PreflightError):
        kiwi.prepare(job(kiwi), Layout(tmp_path), checkout(tmp_path), "version 9.25.22")


def test_includes_must_be_there_now(tmp_path: Path) -> None:
    text = image(f'<include from="this://generated.xml"/>{PLAIN}')
    folder = checkout(tmp_path, text)
    with pytest.raises(DescriptionError, match=r"generated\.xml does not exist"):
        prepared(tmp_path, tool(make_prep=True), folder)
    (folder / "generated.xml").write_text("<image><users/></image>")
    assert prepared(tmp_path, tool(make_prep=True), folder)


def _victim(tmp_path: Path) -> tuple[Path, Path]:
    """A build root and, beside it, what must stay as it is."""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "a.kiwi").write_text(image())
    return tmp_path / "root", victim


def _refused(root: Path, folder: Path, victim: Path, says: str) -> None:
    before = sorted(victim.rglob("*"))
    with pytest.raises(DescriptionError, match=says):
        prepared(root, tool(make_prep=True), folder)
    assert sorted(victim.rglob("*")) == before


def test_make_prep_put_a_symlink_where_the_checkout_was(tmp_path: Path) -> None:
    root, victim = _victim(tmp_path)
    folder = checkout(root)
    shutil.rmtree(folder)
    folder.symlink_to(victim)
    _refused(root, folder, victim, "leads out of the build root")


def test_make_prep_put_a_symlink_where_the_work_folder_was(tmp_path: Path) -> None:
    root, victim = _victim(tmp_path)
    folder = checkout(root)
    shutil.move(root / "builddir/image-build", root / "moved")
    (root / "builddir/image-build").symlink_to(victim)
    _refused(root, folder, victim, "build root")


@pytest.mark.parametrize("name", ["descriptions/small-1.0-7.x86_64.kiwi.xml", "../kiwi"])
def test_make_prep_put_a_symlink_where_something_is_written(tmp_path: Path, name: str) -> None:
    root, victim = _victim(tmp_path)
    folder = checkout(root)
    (folder.parent / name).symlink_to(victim / "new")
    _refused(root, folder, victim, "is in the way")


def test_make_prep_runs_where_the_description_is(tmp_path: Path) -> None:
    kiwi = tool("sub/b.kiwi", make_prep=True)
    folder = checkout(tmp_path, sub__b_kiwi=image())
    (command,) = kiwi.preliminary(job(kiwi), Layout(tmp_path), folder, "10.2.0")
    inside = "/builddir/image-build/source/descriptions/sub"
    assert command.argv[-3:] == ("make", f"--directory={inside}", "prep")
    assert command.argv[:2] == ("/bin/sh", "/builddir/image-build/contained.sh")
    as_folder = tool("sub", make_prep=True).preliminary(
        job(kiwi), Layout(tmp_path), folder, "10.2.0"
    )
    assert as_folder == (command,)
    assert tool().preliminary(job(kiwi), Layout(tmp_path), folder, "10.2.0") == ()
