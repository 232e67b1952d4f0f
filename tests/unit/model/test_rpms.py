"""RPMs by the keys the hub reads."""

from __future__ import annotations

from koji_imagebuild.model.rpms import KnownRpm

from .samples import BASH, STDCXX


def test_names() -> None:
    assert BASH.nvra == "bash-5.2-1.x86_64"
    assert BASH.evr == "5.2-1"
    assert STDCXX.evr == "1:13~rc1-2"


def test_what_importing_needs() -> None:
    assert KnownRpm(STDCXX).to_wire() == {
        "name": "libstdc++",
        "version": "13~rc1",
        "release": "2",
        "epoch": 1,
        "arch": "x86_64",
        "payloadhash": "cd" * 16,
        "size": 2000,
        "buildtime": 1_700_000_001,
    }
    assert KnownRpm(BASH, "fedora").to_wire()["location"] == "fedora"
