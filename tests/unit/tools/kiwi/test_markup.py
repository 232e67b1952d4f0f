from __future__ import annotations

import time

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi import markup

BOMB = (
    '<!DOCTYPE image [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><image>&c;</image>'
)
EXTERNAL = '<!DOCTYPE image [<!ENTITY x SYSTEM "file:///etc/passwd">]><image>&x;</image>'


def test_every_element_knows_its_place() -> None:
    data = "<a>é<b  x='1>' y = \"/>\"/>\n<c>t<d/>ext</c ></a>".encode()
    root = markup.parse(data, "f")
    b, c = root.children
    assert data[b.start : b.end] == b"<b  x='1>' y = \"/>\"/>"
    assert data[c.start : c.end] == b"<c>t<d/>ext</c >"
    assert data[slice(*c.inner)] == b"t<d/>ext"
    assert (c.text, c.line, b.get("x"), b.get("nothing")) == ("text", 2, "1>", "")
    spans = markup.attribute_spans(data, b, "y")
    assert spans is not None
    assert [data[slice(*span)] for span in spans] == [b"y", b"/>"]
    assert markup.attribute_spans(data, b, "z") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<image><a></image>", "f line 1, column 13: mismatched tag"),
        ("\n<image", "f line 2, column 1: unclosed token"),
        ("", "f line 1, column 1: no element found"),
        ("not xml", "f line 1, column 1: syntax error"),
        ("<image>&x;</image>", "f line 1, column 8: undefined entity"),
        (BOMB, "f line 1: a DOCTYPE is not accepted"),
        (EXTERNAL, "f line 1: a DOCTYPE is not accepted"),
        ('<!DOCTYPE image SYSTEM "http://127.0.0.1/x.dtd"><image/>', "a DOCTYPE is not accepted"),
        ('<image x="1" x="2"/>', "duplicate attribute"),
        ("<image>\x01</image>", "not well-formed"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(DescriptionError) as refused:
        markup.parse(text.encode(), "f")
    assert says in refused.value.what


def test_encodings() -> None:
    latin = "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>"
    assert markup.decode(latin.encode("latin-1"), "f") == (latin.encode(), "iso-8859-1")
    assert markup.decode(b"\xef\xbb\xbf<a/>", "f") == (b"<a/>", "utf-8")
    for data in (
        b"\xff<a/>",
        "<a/>".encode("utf-16"),
        b"<?xml version='1.0' encoding='zlib'?><a/>",
    ):
        with pytest.raises(DescriptionError, match=r"^f is "):
            markup.decode(data, "f")


def test_depth_costs_no_more_than_length() -> None:
    data = b"<a>" * 20000 + b"</a>" * 20000
    begun = time.monotonic()
    assert markup.parse(data, "f").name == "a"
    assert time.monotonic() - begun < 2
