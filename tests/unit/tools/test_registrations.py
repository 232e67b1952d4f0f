"""The file with registrations, and what requests say of it: no value of it is ever repeated."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model.wire import Reader
from koji_imagebuild.tools import registrations

KEY = "sesame-0815"
SUBSCRIPTION: dict[str, Any] = {
    "organization": "1234567",
    "activation_key": KEY,
    "server_url": "subscription.example.com",
    "base_url": "https://cdn.example.com",
    "insights": True,
    "rhc": False,
    "proxy": "proxy.example.com:3128",
    "template_name": "t",
    "template_uuid": "0-1",
    "patch_url": "https://patch.example.com/api",
    "content_sets": ["baseos", "appstream"],
}


def file(**changes: object) -> bytes:
    given = {**SUBSCRIPTION, **changes}
    kept = {key: value for key, value in given.items() if value is not None}
    return json.dumps({"redhat": {"subscription": kept}}).encode()


def test_what_an_image_has_of_it() -> None:
    """pkg/manifest/subscription.go, subscriptionService."""
    read = registrations.read(file(), "rhel", "rhel.json")

    content = f"ORG_ID=1234567\nACTIVATION_KEY={KEY}".encode()
    assert read.file == content
    assert read.checksum == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert KEY not in repr(read)


@pytest.mark.parametrize("key", [key for key in SUBSCRIPTION if "_key" not in key][1:])
def test_most_of_it_may_be_left_out(key: str) -> None:
    registrations.read(file(**{key: None}), "rhel", "rhel.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (KEY.encode(), "rhel.json is not JSON"),
        (b'"\xff"', "rhel.json is not JSON"),
        (json.dumps([KEY]).encode(), "rhel.json: expected an object, got list"),
        (json.dumps({"redhat": KEY}).encode(), "rhel.json.redhat: expected an object, got string"),
        (json.dumps({"redhat": {"subscription": KEY}}).encode(), ".subscription: expected an obj"),
        (b"{}", "rhel.json is to have redhat and nothing else"),
        (b'{"redhat": {}}', "rhel.json.redhat is to have subscription and nothing else"),
        (b'{"redhat": {"subscription": {}}, "suse": {}}', "to have redhat and nothing else"),
        (file(keys=KEY), "rhel.json.redhat.subscription has a key that image-builder does not"),
        (file(activation_key=[KEY]), "subscription.activation_key: expected a string"),
        (file(activation_key=None), "subscription.activation_key is not there"),
        (file(activation_key=f"{KEY}\n"), "subscription.activation_key is not there, or no word"),
        (file(activation_key=f'"{KEY}"'), "subscription.activation_key is not there, or no word"),
        (file(organization=""), "subscription.organization is not there"),
        (file(insights=KEY), "subscription.insights: expected true or false"),
        (file(content_sets=[[KEY]]), "subscription.content_sets: expected a list of strings"),
        (file(proxy=f"http://me:{KEY}@proxy"), "subscription.proxy holds credentials"),
        (file(content_sets=[f"{KEY}@"]), "subscription.content_sets holds credentials"),
    ],
)
def test_what_it_cannot_be(content: bytes, says: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        registrations.read(content, "rhel", "rhel.json")

    assert says in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", [{"k": KEY}, json.dumps(SUBSCRIPTION), f"/root/{KEY}", f"-{KEY}"])
def test_a_secret_in_the_place_of_its_name(value: object) -> None:
    with pytest.raises(RequestError, match=r"opts\.registrations: expected") as caught:
        registrations.asked(Reader({"registrations": value}, "opts"))

    assert KEY not in str(caught.value)


def test_a_name() -> None:
    assert registrations.asked(Reader({"registrations": "rhel-9"}, "opts")) == "rhel-9"
    assert registrations.asked(Reader({"registrations": None}, "opts")) is None
