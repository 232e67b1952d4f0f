"""What skopeo's last words mean: the user's reference, the builder's configuration, the network.

They are containers/image's and Go's own; nothing else tells the cases apart, its status is 1.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Final

from koji_imagebuild.adapters import process
from koji_imagebuild.errors import Infrastructure, PreflightError, RequestError, Told

if TYPE_CHECKING:
    from koji_imagebuild.model.container import Container

_MESSAGE: Final = re.compile(r'level=fatal msg="(.*)"$', re.MULTILINE)
_FULL: Final = "no space left on device"
_TOO_LARGE: Final = "file too large"
_UNKNOWN: Final = (
    "manifest unknown",
    "name unknown",
    "repository name not known",
    "status code from registry 404",
)
_CREDENTIALS: Final = (
    "unauthorized",
    "authentication required",
    "access to the resource is denied",
    "invalid username/password",
    "status code from registry 403",
)
_CONFIGURATION: Final = (
    "x509:",
    "server gave HTTP response to HTTPS client",
    "first record does not look like a TLS handshake",
    "rejected by policy",
    "is blocked",
    "policy.json",
    "loading registries configuration",
)
_NETWORK: Final = (
    "connection refused",
    "connection reset",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "unexpected EOF",
    "server misbehaving",
    "network is unreachable",
    "no route to host",
    "toomanyrequests",
    "Too Many Requests",
    "Digest did not match",
    "unexpected HTTP status: 5",
    "status code from registry 5",
)


def failure(container: Container, done: process.Done, largest: int) -> Told:
    """Why an image could not be had.

    :param largest: the limit it ran under, in MiB
    :raises OSError: when the builder's disk is full, which others explain
    """
    what = f"{container.text} could not be fetched"
    if done.status == process.NOT_FOUND:
        return PreflightError(
            f"{what}: this builder has no skopeo", repair="Install it there: dnf install skopeo"
        )
    if _FULL in done.output:
        raise OSError(errno.ENOSPC, f"fetching {container.text}")
    if _TOO_LARGE in done.output:
        return RequestError(
            f"{container.text} is larger than the {largest} MiB that this builder fetches",
            repair="The limit is container_max_size in the builder's image_build_local.conf",
        )
    lines = tuple(_MESSAGE.findall(done.output))[-1:] or tuple(done.output.splitlines()[-3:])
    if done.status == process.TIMED_OUT or _any(_NETWORK, done):
        return Infrastructure(what, lines=lines)
    return _refused(container, done, lines)


def _refused(container: Container, done: process.Done, lines: tuple[str, ...]) -> Told:
    if _any(_UNKNOWN, done):
        return RequestError(f"There is no container image {container.text}", lines=lines)
    if _any(_CREDENTIALS, done):
        return PreflightError(
            f"The registry does not give {container.text} to this builder",
            lines=lines,
            repair="If it is there: an admin puts credentials into container_auth_file",
        )
    if _any(_CONFIGURATION, done):
        return PreflightError(
            f"This builder's configuration does not let it fetch {container.text}",
            lines=lines,
            repair="See containers-registries.conf(5) and containers-policy.json(5) there",
        )
    return RequestError(f"{container.text} could not be fetched", lines=lines)


def _any(known: tuple[str, ...], done: process.Done) -> bool:
    return any(words in done.output for words in known)
