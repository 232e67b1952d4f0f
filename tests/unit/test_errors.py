"""Errors that explain themselves, and stay Koji's own kind on their way to the user."""

from __future__ import annotations

import koji
import koji.xmlrpcplus
import pytest

from koji_imagebuild import errors
from koji_imagebuild.errors import Told

TREE = {
    errors.RequestError: koji.ParameterError,
    errors.DescriptionError: koji.BuildError,
    errors.PreflightError: koji.BuildError,
    errors.Failed: koji.BuildError,
    errors.ToolFailed: koji.BuildError,
    errors.TimedOut: errors.ToolFailed,
    errors.OutputRefused: koji.BuildError,
    errors.ArchesFailed: koji.BuildError,
    errors.Infrastructure: koji.BuildrootError,
    errors.Misconfigured: koji.ConfigurationError,
}


@pytest.mark.parametrize(("kind", "base"), list(TREE.items()))
def test_every_class_is_one_of_kojis(kind: type[Told], base: type[Exception]) -> None:
    problem = kind("what failed")

    assert isinstance(problem, base)
    assert isinstance(problem, Told)
    assert problem.faultCode == base.faultCode  # type: ignore[attr-defined]


def test_the_tree_is_whole_and_drawn() -> None:
    ours = {each for each in vars(errors).values() if isinstance(each, type)} & {Told, *TREE}

    defined = {
        each
        for each in vars(errors).values()
        if isinstance(each, type) and each.__module__ == errors.__name__
    }
    assert defined == ours == {Told, *TREE}
    assert all(each.__name__ in str(errors.__doc__) for each in defined)


@pytest.mark.parametrize("kind", TREE)
def test_the_kind_survives_the_wire(kind: type[Told]) -> None:
    problem = kind("what failed", lines=["line one"], repair="do that", log="20-prepare.log")
    fault = koji.xmlrpcplus.Fault(problem.faultCode, str(problem))

    arrived = koji.convertFault(fault)

    assert isinstance(problem, type(arrived))
    assert str(arrived) == str(problem)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Told("What failed"), "What failed"),
        (Told("What failed", repair="Do that"), "What failed\nDo that"),
        (Told("What failed", log="20-x.log"), "What failed\nlog: 20-x.log"),
        (Told("What failed", lines=["a", "b"]), "What failed\n\n  a\n  b"),
        (
            Told("What failed", lines=["a"], repair="Do that", log="20-x.log"),
            "What failed\n\n  a\n\nlog: 20-x.log\nDo that",
        ),
    ],
)
def test_the_fact_first_and_the_repair_last(problem: Told, text: str) -> None:
    assert problem.text() == str(problem) == text


def test_lines_cannot_change_afterwards() -> None:
    lines = ["a"]
    problem = Told("What failed", lines=lines)

    lines.append("b")

    assert problem.lines == ("a",)
