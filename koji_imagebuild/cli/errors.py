"""The whole error policy of the command line: one sentence on standard error, and a status.

0 the task succeeded or was only submitted; 1 it failed, or the hub refused; 2 wrong arguments;
130 interrupted. ``koji --debug`` shows the traceback instead.
"""

from __future__ import annotations

import functools
import re
import sys
from typing import TYPE_CHECKING, Any, Callable
from xmlrpc.client import Fault

import koji
import requests

from koji_imagebuild.errors import RequestError, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

WRONG_ARGUMENTS = 2
FAILED = 1
INTERRUPTED = 130

# kojihub/auth.py: assertPerm
_PERMISSION = re.compile(r"(\S+) permission required(?: \(logged in as (\S+)\))?")

Handler = Callable[[Any, Any, "Sequence[str]"], int]


class ArgumentsError(RequestError):
    """What was typed cannot be meant."""


def told(handler: Handler) -> Handler:
    """Turn whatever a command raises into a sentence and an exit status."""

    @functools.wraps(handler)
    def wrapped(goptions: Any, session: Any, args: Sequence[str]) -> int:
        try:
            return handler(goptions, session, args)
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as problem:
            if goptions.debug:
                raise
            sentence = explain(problem, getattr(goptions, "server", None) or "the hub")
            if sentence is None:
                raise
            _say(sentence)
            return WRONG_ARGUMENTS if isinstance(problem, RequestError) else FAILED

    return wrapped


def explain(problem: Exception, server: str) -> str | None:
    """What an exception means to whoever typed the command; None when it is our mistake."""
    if isinstance(problem, koji.GenericError):
        return _refusal(problem)
    if isinstance(problem, Fault):
        return f"{server} failed: {last_line(problem.faultString)}"
    if isinstance(problem, requests.RequestException):
        return f"{server} does not answer: {problem}"
    if isinstance(problem, OSError) and problem.strerror:
        return ": ".join(filter(None, (problem.filename, problem.strerror)))
    return None


def last_line(text: str) -> str:
    """The last line that says something: of a traceback, the exception."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


def _refusal(problem: Exception) -> str:
    text = problem.text() if isinstance(problem, Told) else str(problem)
    missing = _PERMISSION.match(text)
    if missing:
        permission, user = missing.group(1), missing.group(2) or "USER"
        return f"{text}\nAn admin grants it with: koji grant-permission {permission} {user}"
    if isinstance(problem, koji.RetryError):
        return f"{text}\nThe task may have been created: koji list-tasks --mine"
    if text.startswith("Invalid method"):
        return f"{text}\nThe hub has no plugin image_build_local, or an older one: ask its admins"
    return text


def _say(sentence: str) -> None:
    indent = "\n" + " " * len("error: ")
    body = sentence.strip().replace("\n", indent).replace(f"{indent}\n", "\n\n")
    sys.stderr.write(f"error: {body}\n")
