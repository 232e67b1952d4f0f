"""One call of mock for several commands: the words, and whose output is whose."""

from __future__ import annotations

import subprocess

from koji_imagebuild.adapters import batch
from koji_imagebuild.adapters.batch import Part
from koji_imagebuild.tools.base import Command


def command(*argv: str) -> Command:
    return Command("step", argv, "20-step.log")


def test_one_command_is_called_as_it_is() -> None:
    assert batch.argv([command("kiwi-ng", "--version")]) == ("kiwi-ng", "--version")


def test_what_mock_repeats_of_them_is_one_line() -> None:
    assert "\n" not in " ".join(batch.argv([command("true"), command("kiwi-ng", "--debug")]))


def test_words_stay_words() -> None:
    words = "$HOME", "it's", "a  b", "", "*", "x\ny"
    argv = batch.argv([command("true"), command("printf", "%s.", *words)])

    told = subprocess.run(argv, check=True, capture_output=True).stdout

    (_, part) = batch.split(told, 2, 0.0, 1.0)
    assert part.output == "".join(f"{word}." for word in words).encode()


def test_a_line_that_mock_puts_something_in_front_of() -> None:
    told = b"INFO: a\nb\n14:00:01,123 image-build-command 1 812.5\nc"

    parts = batch.split(told, 2, 800.0, 820.0)

    assert parts == (Part(b"INFO: a\nb\n", 12.5), Part(b"c", 7.5))


def test_lines_that_a_command_prints_itself() -> None:
    told = b"image-build-command 7 1\nimage-build-command 1 9\nimage-build-command 1 3\nx\n"
    more = told + b"image-build-command 2 4\ny\n"

    parts = batch.split(more, 2, 2.0, 5.0)

    assert [part.seconds for part in parts] == [3.0, 0.0]
    assert b"".join(part.output for part in parts).count(b"image-build-command") == 3
