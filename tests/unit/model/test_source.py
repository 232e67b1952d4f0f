"""Where a source is: a repository or an upload, and never both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.kept import KeptFile
from koji_imagebuild.model.source import Location

from .samples import DIGEST, UPLOAD, URL


@pytest.mark.parametrize(
    "location", [Location(), Location(url=URL), Location(upload=UPLOAD, sha256=DIGEST)]
)
def test_one_string_says_it_all(location: Location) -> None:
    assert Location.from_text(location.text) == location


def test_an_upload_is_no_scm_url_for_older_builders() -> None:
    text = Location(upload=UPLOAD, sha256=DIGEST).text

    assert text == f"upload:{UPLOAD}#sha256={DIGEST}"
    with pytest.raises(RequestError):
        Location(url=text)


def test_on_the_wire_only_what_is_there() -> None:
    assert Location(url=URL).to_wire() == {"url": URL}
    assert Location(upload=UPLOAD, sha256=DIGEST).to_wire() == {"upload": UPLOAD, "sha256": DIGEST}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"url": URL, "upload": UPLOAD}, "source: url and upload exclude each other"),
        ({"url": "http://h/x"}, "source.url: 'http://h/x' is not a Koji SCM URL"),
        ({"upload": UPLOAD}, "source.sha256: expected 64 hex digits"),
        ({"upload": UPLOAD, "sha256": DIGEST[:-1]}, "source.sha256"),
        ({"upload": UPLOAD, "sha256": DIGEST + "\n"}, "source.sha256"),
        ({"upload": UPLOAD, "sha256": DIGEST.upper()}, "source.sha256"),
        ({"upload": "cli-build/x/a.tar.gz"}, "source.upload: 'cli-build/x/a.tar.gz'"),
        ({"upload": "cli-image-build-local/a.tar.gz"}, "is not a folder uploaded for this"),
        ({"upload": "cli-image-build-local/x/a.zip"}, "is not a folder uploaded for this"),
        ({"upload": "cli-image-build-local/../a.tar.gz"}, "is not a folder uploaded for this"),
        ({"upload": "cli-image-build-local/x/y/a.tar.gz"}, "is not a folder uploaded for this"),
        ({"upload": "/cli-image-build-local/x/a.tar.gz"}, "is not a folder uploaded for this"),
        ({"upload": UPLOAD + "\n"}, "is not a folder uploaded for this"),
    ],
)
def test_what_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Location(**values)


PLACE = "42/iot-disk-43-1.2/iot-disk-43-1.2.x86_64.osbuild-manifest.json"
KEPT = KeptFile.read(PLACE, DIGEST, "x")


def test_what_an_earlier_build_left() -> None:
    assert (KEPT.task_id, str(KEPT.nvr), KEPT.nvr.name) == (42, "iot-disk-43-1.2", "iot-disk")
    assert KEPT.place == PLACE
    location = Location(archives=(KEPT,))
    assert location.to_wire() == {"archive": PLACE, "sha256": DIGEST}
    assert location.text == f"archive:{PLACE}#sha256={DIGEST}"
    both = Location(archives=(KEPT, replace(KEPT, file="another.json")))
    assert Location.from_text(both.text) == both


@pytest.mark.parametrize(
    "place",
    [
        "../43-1-2/x.json",
        "42/../x.json",
        "42/a-1-2/../../x",
        "42/a-1-2/.x",
        "42/a-1-2/-x",
        "42/a-1-2/x/y",
        "42/a-1-2/x\n",
        "0/a-1-2/x",
        "42/a-1/x",
        "/42/a-1-2/x",
        "",
    ],
)
def test_no_archive_leads_elsewhere(place: str) -> None:
    with pytest.raises(RequestError, match=r"source.archive: .* is not TASK/N-V-R/FILE"):
        Location.from_text(f"archive:{place}#sha256={DIGEST}")


def test_archives_are_pinned_and_told_apart() -> None:
    with pytest.raises(RequestError, match="64 hex digits"):
        Location.from_text(f"archive:{PLACE}")
    with pytest.raises(RequestError, match="named twice"):
        Location(archives=(KEPT, KEPT))
    with pytest.raises(RequestError, match="archive excludes url and upload"):
        Location(url=URL, archives=(KEPT,))
