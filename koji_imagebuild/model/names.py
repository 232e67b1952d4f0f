"""What a user may call things: checked where it enters, so that nothing inside has to.

A value that ends up in an argument list must not look like an option; one that ends up in a file
name must not leave its folder; Koji splits N-V-R at hyphens, so version and release have none.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from koji_imagebuild.errors import RequestError

# Koji's default RegexNameInternal (kojihub/kojixmlrpc.py), without its slash.
_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]*\Z")
_VERSION = re.compile(r"[A-Za-z0-9_+~^][A-Za-z0-9._+~^]*\Z")
_TARGET = re.compile(r"[A-Za-z0-9_+.][A-Za-z0-9/._+-]*\Z")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]*\Z")


def package_name(value: str, where: str) -> str:
    """A build's name, as Koji's hub accepts it."""
    if not _NAME.match(value):
        raise RequestError(f"{where}: {value!r} is not a name: letters, digits and . _ + - only")
    return value


def version(value: str, where: str) -> str:
    """A build's version or release: no hyphen, because Koji splits N-V-R at hyphens."""
    if "-" in value:
        raise RequestError(
            f"{where}: {value!r} holds a hyphen, and Koji splits N-V-R at hyphens",
            repair=f"Use {value.replace('-', '_')!r} or {value.replace('-', '.')!r}",
        )
    if not _VERSION.match(value):
        raise RequestError(f"{where}: {value!r} is not a version: letters, digits and . _ + ~ ^")
    return value


def word(value: str, where: str) -> str:
    """A name of the tool's own, such as a profile or a type; safe as an argument."""
    if not _WORD.match(value):
        raise RequestError(f"{where}: {value!r} is not a name: letters, digits and . _ + - @ only")
    return value


def target(value: str, where: str) -> str:
    """A build target's name, as Koji's hub accepts it: a slash is allowed."""
    if not _TARGET.match(value):
        raise RequestError(f"{where}: {value!r} is not the name of a build target")
    return value


def relative_path(value: str, where: str) -> str:
    """A path inside a checkout: relative, no ``..``, no component that looks like an option."""
    path = PurePosixPath(value)
    if not value or "\\" in value or not value.isprintable():
        raise RequestError(f"{where}: {value!r} is not a path")
    if path.is_absolute() or ".." in path.parts or any(p.startswith("-") for p in path.parts):
        raise RequestError(
            f"{where}: {value!r} is not a path inside the checkout",
            repair="Give it relative to the repository's top, without ..",
        )
    return str(path)


def arch(value: str, where: str) -> str:
    """An architecture as Koji spells it."""
    if not re.match(r"[a-z0-9_]+\Z", value):
        raise RequestError(f"{where}: {value!r} is not an architecture")
    return value


_SCM_URL = re.compile(r"(git|svn|cvs)(\+[a-z]+)?://[^/\s#]+/[^\s#]*#[^\s#]+\Z")


def scm_url(value: str, where: str) -> str:
    """A source repository as Koji writes it: ``git+https://HOST/PATH?MODULE#REVISION``.

    Requests are public, so a password has no place in it; Koji itself allows a user name.
    """
    scheme, _, rest = value.partition("://")
    user, _, host = rest.partition("/")[0].rpartition("@")
    if ":" in user or (user and not scheme.endswith("ssh")):
        raise RequestError(f"{where} holds credentials, and requests are public")
    if not _SCM_URL.match(value) or not value.isprintable():
        raise RequestError(
            f"{where}: {value!r} is not a Koji SCM URL",
            repair="Write it like git+https://HOST/PATH#BRANCH",
        )
    if user.startswith("-") or host.startswith("-") or value.rsplit("#", 1)[1].startswith("-"):
        raise RequestError(f"{where}: {value!r} holds a part that looks like an option")
    return value
