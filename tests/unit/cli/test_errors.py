"""Whatever a command raises becomes one sentence and one status."""

from __future__ import annotations

from types import SimpleNamespace
from xmlrpc.client import Fault

import koji
import pytest
import requests

from koji_imagebuild.cli.errors import ArgumentsError, told
from koji_imagebuild.errors import DescriptionError

GOPTIONS = SimpleNamespace(debug=False, server="https://h/kojihub")


def run(problem: BaseException, *, debug: bool = False) -> int:
    @told
    def command(goptions: object, session: object, args: object) -> int:
        raise problem

    return command(SimpleNamespace(debug=debug, server=GOPTIONS.server), None, ())


@pytest.mark.parametrize(
    ("problem", "status", "text"),
    [
        (ArgumentsError("--x is wrong", repair="Use --y"), 2, "--x is wrong\n       Use --y"),
        (
            DescriptionError("a.kiwi is no XML", lines=("line 3",)),
            1,
            "a.kiwi is no XML\n\n         line 3",
        ),
        (koji.GenericError("No such build target: x"), 1, "No such build target: x"),
        (
            koji.ActionNotAllowed("image permission required (logged in as nobody)"),
            1,
            (
                "image permission required (logged in as nobody)\n"
                "       An admin grants it with: koji grant-permission image nobody"
            ),
        ),
        (
            koji.GenericError("Invalid method: imageBuildLocal"),
            1,
            (
                "Invalid method: imageBuildLocal\n"
                "       The hub has no plugin image_build_local, or an older one: ask its admins"
            ),
        ),
        (
            koji.RetryError("unable to retry call 3"),
            1,
            "unable to retry call 3\n       The task may have been created: koji list-tasks --mine",
        ),
        (
            Fault(1, "Traceback (most recent call last):\n  File x\nKeyError: 'boom'\n"),
            1,
            "https://h/kojihub failed: KeyError: 'boom'",
        ),
        (
            requests.ConnectionError("connection refused"),
            1,
            "https://h/kojihub does not answer: connection refused",
        ),
        (
            FileNotFoundError(2, "No such file or directory", "x.conf"),
            1,
            "x.conf: No such file or directory",
        ),
    ],
)
def test_sentences(
    problem: Exception, status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(problem) == status
    assert capsys.readouterr() == ("", f"error: {text}\n")


def test_an_interrupt_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "")


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_debug_shows_the_traceback() -> None:
    with pytest.raises(koji.GenericError):
        run(koji.GenericError("x"), debug=True)
