"""kiwi's own syntax for repositories; whole argument lists are golden files."""

from __future__ import annotations

import pytest

from koji_imagebuild.model.repo import Repo
from koji_imagebuild.tools.kiwi.arguments import add_repo

URL = "https://example.com/r?a=b"
KEYS = ("https://example.com/1", "https://example.com/2")


@pytest.mark.parametrize(
    ("repo", "value"),
    [
        (Repo(URL), f"{URL},rpm-md,x,,false,false"),
        (Repo(URL, priority=7, in_image=True), f"{URL},rpm-md,x,7,true,false"),
        (Repo(URL, gpgkeys=KEYS), f"{URL},rpm-md,x,,false,true,{{{KEYS[0]};{KEYS[1]}}}"),
        (Repo(URL, kind="metalink"), f"{URL},rpm-md,x,,false,false,,,,false,metalink"),
    ],
)
def test_add_repo(repo: Repo, value: str) -> None:
    assert add_repo(repo, "x") == value
