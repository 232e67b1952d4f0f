"""What can go wrong, as sentences: what failed, on what, what to do, which log.

Every class is one of Koji's own, so a fault keeps its kind across XML-RPC and policies, kojiweb
and ``koji watch-task`` show it as they show Koji's::

    Told
    |- RequestError        koji.ParameterError     the request cannot be honoured as it was written
    |- DescriptionError    koji.BuildError         the user's description, blueprint or archive
    |- PreflightError      koji.BuildError         refused before minutes are spent
    |- Failed              koji.BuildError         Koji itself said no, in its own words
    |- ToolFailed          koji.BuildError         the tool said no; carries the decisive lines
    |  `- TimedOut
    |- OutputRefused       koji.BuildError         what the tool made cannot become a Koji build
    |- ArchesFailed        koji.BuildError         the parent's sum of its arches
    |- Infrastructure      koji.BuildrootError     the builder's fault: worth trying again
    `- Misconfigured       koji.ConfigurationError an administrator has a line to change
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji

if TYPE_CHECKING:
    from collections.abc import Sequence


class Told(koji.GenericError):  # type: ignore[misc]  # Koji has no type information
    """A failure that explains itself.

    :param what: what failed and on what; one line, no full stop
    :param lines: the decisive lines of whoever said no, verbatim
    :param repair: what to do about it; a sentence or a command to paste
    :param log: name of the task's log that tells more
    """

    def __init__(
        self, what: str, *, lines: Sequence[str] = (), repair: str = "", log: str = ""
    ) -> None:
        self.what = what
        self.lines = tuple(lines)
        self.repair = repair
        self.log = log
        super().__init__(self.text())

    def text(self) -> str:
        """The whole story, as ``koji taskinfo`` shows it."""
        blocks = [self.what]
        if self.lines:
            blocks.append("\n".join(f"  {line}" for line in self.lines))
        last = [f"log: {self.log}"] if self.log else []
        if self.repair:
            last.append(self.repair)
        if last:
            blocks.append("\n".join(last))
        return "\n\n".join(blocks) if self.lines else "\n".join(blocks)


class RequestError(Told, koji.ParameterError):  # type: ignore[misc]
    """The request cannot be honoured as it was written."""

    faultCode = koji.ParameterError.faultCode  # noqa: N815  # Koji's name


class DescriptionError(Told, koji.BuildError):  # type: ignore[misc]
    """The user's description, blueprint or archive is at fault."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class PreflightError(Told, koji.BuildError):  # type: ignore[misc]
    """Something is missing on the hub, the tag or the builder; nothing was built yet."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class Failed(Told, koji.BuildError):  # type: ignore[misc]
    """Koji itself said no, in its own words."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class ToolFailed(Told, koji.BuildError):  # type: ignore[misc]  # a sentence's verb
    """The image tool failed in one of its steps."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class TimedOut(ToolFailed):
    """The tool was ended because the task's time was over."""


class OutputRefused(Told, koji.BuildError):  # type: ignore[misc]
    """The tool's output cannot be imported into Koji."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class ArchesFailed(Told, koji.BuildError):  # type: ignore[misc]
    """Arches that had to succeed did not."""

    faultCode = koji.BuildError.faultCode  # noqa: N815


class Infrastructure(Told, koji.BuildrootError):  # type: ignore[misc]
    """The builder's or the network's fault: the same task may succeed elsewhere or later."""

    faultCode = koji.BuildrootError.faultCode  # noqa: N815


class Misconfigured(Told, koji.ConfigurationError):  # type: ignore[misc]
    """A configuration file says something that cannot be right."""

    faultCode = koji.ConfigurationError.faultCode  # noqa: N815
