"""Where a source is: a repository or an upload, and never both."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
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
