from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.tools.kiwi import type_attributes


def test_known() -> None:
    type_attributes.check(("volid=X", "kernelcmdline=console=ttyS0", "btrfs_root_is_snapshot=true"))


@pytest.mark.parametrize(
    ("attribute", "near"),
    [("kernelcmdlin=x", "kernelcmdline, "), ("image=iso", ""), ("size=5", ""), ("primary=1", "")],
)
def test_unknown(attribute: str, near: str) -> None:
    with pytest.raises(RequestError, match="kiwi's <type> has no attribute") as refused:
        type_attributes.check((attribute,))
    assert refused.value.repair.startswith(f"It has {near}")
