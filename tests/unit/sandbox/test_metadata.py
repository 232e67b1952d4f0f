"""Reading a repository's metadata, and choosing a root's packages by it."""

from __future__ import annotations

from pathlib import Path

import pytest
import rpm

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root import dnf, metadata, packages
from koji_imagebuild.sandbox.root.metadata import Metadata

REPOMD = """<?xml version="1.0"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>{revision}</revision>
<data type="primary"><checksum type="sha256">p{revision}</checksum>
<open-checksum type="sha256">{packages}</open-checksum><location href="repodata/p.xml"/></data>
<data type="group"><checksum type="sha256">g</checksum><location href="repodata/c.xml"/></data>
</repomd>"""
COMPS = "<comps><group><id>kiwi-build</id></group><group><id>build</id></group></comps>"


def repository(folder: Path, *, revision: int = 1, content: str = "aa") -> str:
    repodata = folder / "repodata"
    repodata.mkdir(exist_ok=True, parents=True)
    (repodata / "repomd.xml").write_text(REPOMD.format(revision=revision, packages=content))
    (repodata / "c.xml").write_text(COMPS)
    return folder.as_uri()


def test_groups_and_digest(tmp_path: Path) -> None:
    read = metadata.read(repository(tmp_path))
    assert read.groups == {"kiwi-build", "build"}


def test_a_regenerated_repository_is_the_same_one(tmp_path: Path) -> None:
    first = metadata.read(repository(tmp_path, revision=1))
    again = metadata.read(repository(tmp_path, revision=2))
    changed = metadata.read(repository(tmp_path, revision=2, content="bb"))
    assert first == again
    assert changed.digest != first.digest


def test_groups_packed_with_zstd_are_read(tmp_path: Path) -> None:
    url = repository(tmp_path)
    repomd = tmp_path / "repodata" / "repomd.xml"
    repomd.write_text(repomd.read_text().replace("c.xml", "c.xml.zst"))
    packed = rpm.fd(str(tmp_path / "repodata" / "c.xml.zst"), "w", "zstdio")
    packed.write(COMPS.replace("</comps>", 100_000 * "<group/>" + "</comps>").encode())
    packed.close()
    assert metadata.read(url).groups == {"kiwi-build", "build", ""}


def test_no_repository_and_a_damaged_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(Infrastructure, match=r"cannot be read: file://.*repomd\.xml"):
        metadata.read(tmp_path.as_uri())
    url = repository(tmp_path)
    (tmp_path / "repodata" / "repomd.xml").write_text("<html>404")
    with pytest.raises(Infrastructure, match="damaged"):
        metadata.read(url)


def test_the_group_comes_first_and_the_built_in_list_says_so() -> None:
    here = Metadata("http://127.0.0.1/repo", "", frozenset({"kiwi-build"}))
    empty = Metadata("http://127.0.0.1/other", "", frozenset())
    assert packages.choose("kiwi-build", [empty, here]).packages == ("@kiwi-build",)
    instead = packages.choose("kiwi-build", [empty])
    assert "kiwi-cli" in instead.packages
    assert instead.origin.startswith("no repository has a group kiwi-build; instead: ")
    with pytest.raises(Infrastructure, match="no repository has a group mine"):
        packages.choose("mine", [here])


def test_dnf_is_told_of_these_repositories_only() -> None:
    written = dnf.configuration(["http://a", "http://b"])
    assert "reposdir=/dev/null" in written
    assert "baseurl=http://a\n" in written
    assert "baseurl=http://b\n" in written
    argv = dnf.install(Path("/c"), Path("/r"), ["@kiwi-build"], "43")
    assert argv == (
        "dnf", "--assumeyes", "--config=/c", "--installroot=/r", "--releasever=43", "install",
        "@kiwi-build",
    )  # fmt: skip


def test_rpms_database_is_where_the_root_looks_for_it(tmp_path: Path) -> None:
    environment = dnf.environment(tmp_path / "home")
    macros = (tmp_path / "home" / ".rpmmacros").read_text().split()
    assert environment["HOME"] == str(tmp_path / "home")
    assert macros[0] == "%_dbpath"
    assert macros[1] in {"/var/lib/rpm", "/usr/lib/sysimage/rpm"}


def test_of_dnfs_output_what_matters_is_kept() -> None:
    said = ["repo1   9 MB/s", "No match for argument: x", "Error: Unable to find a match: x"]
    assert dnf.decisive(said) == tuple(said[1:])
    assert dnf.decisive(["a", "b"]) == ("a", "b")
