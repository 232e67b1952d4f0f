from __future__ import annotations

import pytest

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.tools.kiwi.version import KiwiVersion

TEN, ELEVEN = KiwiVersion((10, 2, 45)), KiwiVersion((11, 1, 6))


def test_read() -> None:
    assert KiwiVersion.read("KIWI (next generation) version 11.1.6") == ELEVEN
    assert KiwiVersion.read("KIWI (next generation) version 10.2.45\n") == TEN


@pytest.mark.parametrize("printed", ["KIWI (next generation) version 9.25.22", "12.0.0", "", "?"])
def test_unsupported(printed: str) -> None:
    with pytest.raises(PreflightError, match="kiwi 10 to 11 are supported") as refused:
        KiwiVersion.read(printed)
    assert "kiwi-build" in refused.value.repair


def test_addresses_that_are_no_base() -> None:
    mirrors = Repo("https://example.com/m", kind="metalink")
    TEN.check_repositories([mirrors])
    KiwiVersion((10, 2, 15)).check_repositories([Repo("https://example.com/")])
    with pytest.raises(PreflightError, match="is a metalink, and the kiwi in the build root"):
        KiwiVersion((10, 2, 15)).check_repositories([mirrors])


def test_the_sites_own_configuration_is_kept() -> None:
    assert ELEVEN.runtime_config("") == 'xz:\n  options: "--threads=0"\n'
    assert ELEVEN.runtime_config('iso:\n  x: y\nxz:\n  options: "-1"\n') == ""
    assert TEN.runtime_config("") == 'xz:\n  - options: "--threads=0"\n'
    assert (
        TEN.runtime_config("iso:\n  - x: y") == 'iso:\n  - x: y\nxz:\n  - options: "--threads=0"\n'
    )
    assert TEN.runtime_config("# xz:\nxz:\n  - options: -1\n") == "# xz:\nxz:\n  - options: -1\n"
