"""The ways in which plugins call mock."""

from __future__ import annotations

import pytest

from koji_imagebuild.sandbox.builder.mock_arguments import (
    Chroot,
    Clean,
    Init,
    UnknownArgumentError,
    parse,
)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["--init"], Init()),
        (["--clean"], Clean()),
        (["--chroot", "uname -r"], Chroot(("/bin/sh", "-c", "uname -r"))),
        (["--chroot", "--", "true"], Chroot(("/bin/sh", "-c", "true"))),
        (
            ["--cwd", "/chroot_tmpdir", "--chroot", "--", "kiwi-ng", "--debug"],
            Chroot(("kiwi-ng", "--debug"), "/chroot_tmpdir"),
        ),
        (["--no-clean", "--chroot", "a", "--init"], Chroot(("a", "--init"))),
    ],
)
def test_what_plugins_say(arguments: list[str], meant: object) -> None:
    assert parse(arguments) == meant


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rebuild", "x.src.rpm"],
        ["--unpriv", "--chroot", "a"],
        ["--chroot"],
        ["--chroot", "--"],
        ["--init", "more"],
        ["--clean", "more"],
        ["--cwd"],
        [],
    ],
)
def test_anything_else_is_refused(arguments: list[str]) -> None:
    with pytest.raises(UnknownArgumentError, match="mock's stand-in"):
        parse(arguments)
