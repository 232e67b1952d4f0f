"""Reading structs off the wire: every complaint names the key."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.wire import SCHEMA, Reader, check_schema, sparse


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("text", 1, "opts.key: expected a string, got int"),
        ("text", ["a"], "opts.key: expected a string, got list"),
        ("required", {"a": 1}, "opts.key: expected a string, got struct"),
        ("required", None, "opts.key is missing"),
        ("flag", "yes", "opts.key: expected a boolean, got string"),
        ("flag", 1, "opts.key: expected a boolean, got int"),
        ("number", True, "opts.key: expected a whole number, got boolean"),
        ("number", 1.5, "opts.key: expected a whole number, got float"),
        ("items", "abc", "opts.key: expected a list, got string"),
        ("texts", ["a", 2], r"opts.key\[1\]: expected a string, got int"),
        ("texts", [None], r"opts.key\[0\]: expected a string, got NoneType"),
        ("text_or_texts", 3, "opts.key: expected a list, got int"),
        ("struct", ["a"], "opts.key: expected a struct, got list"),
    ],
)
def test_what_is_wrong_is_named(method: str, value: object, message: str) -> None:
    reader = Reader({"key": value}, "opts")

    with pytest.raises(RequestError, match=message):
        getattr(reader, method)("key")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("text", None),
        ("flag", None),
        ("number", None),
        ("items", ()),
        ("texts", ()),
        ("text_or_texts", ()),
        ("has", False),
    ],
)
@pytest.mark.parametrize("values", [{"key": None}, {}, None])
def test_none_is_absent(method: str, expected: object, values: object) -> None:
    assert getattr(Reader(values, "opts"), method)("key") == expected


def test_what_is_read() -> None:
    reader = Reader(
        {"t": "x", "f": False, "n": 0, "l": ("a", "b"), "one": "a", "s": {"deep": "y"}}, "opts"
    )

    assert reader.text("t") == "x"
    assert reader.flag("f") is False
    assert reader.number("n") == 0
    assert reader.has("n")
    assert reader.texts("l") == ("a", "b")
    assert reader.items("l") == (("opts.l[0]", "a"), ("opts.l[1]", "b"))
    assert reader.text_or_texts("one") == ("a",)
    assert reader.text_or_texts("l") == ("a", "b")
    assert reader.struct("s").required("deep") == "y"
    assert reader.struct("s").where == "opts.s"
    reader.finish()


def test_unknown_keys_are_named_all_at_once() -> None:
    reader = Reader({"known": "x", "zwei": 1, "eins": None}, "opts")
    reader.text("known")

    with pytest.raises(RequestError, match="opts: unknown option 'eins', 'zwei'"):
        reader.finish()

    reader.ignore("eins", "zwei")
    reader.finish()


@pytest.mark.parametrize("value", [[], "x", 5])
def test_no_struct_at_all(value: object) -> None:
    with pytest.raises(RequestError, match="opts: expected a struct, got"):
        Reader(value, "opts")


@pytest.mark.parametrize("schema", [None, 0, SCHEMA])
def test_own_and_older_schemas_are_read(schema: int | None) -> None:
    check_schema(Reader({"schema": schema}, "opts"))


def test_a_newer_schema_is_refused_with_both_numbers() -> None:
    with pytest.raises(RequestError, match=f"opts.schema is 99, this plugin reads up to {SCHEMA}"):
        check_schema(Reader({"schema": 99}, "opts"))


def test_sparse_keeps_false_and_zero() -> None:
    assert sparse(a=None, b=[], c=False, d=0, e="") == {"c": False, "d": 0, "e": ""}
