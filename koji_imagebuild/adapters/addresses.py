"""Files from the network, read as they come."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

#: Seconds without a byte.
_TIMEOUT = 60


def read(url: str) -> AbstractContextManager[IO[bytes]] | None:
    """A file as it comes; None where there is none, or where it is no address of the network.

    :raises requests.RequestException: when the server does not answer
    """
    if not url.startswith(("http://", "https://")):
        return None
    answer = get(url)
    if answer.status_code != HTTPStatus.OK:
        answer.close()
        return None
    return stream(answer)


def get(url: str) -> requests.Response:
    """An answer whose body is still to come."""
    # What a server compresses on the way would not be the file.
    plain = {"Accept-Encoding": "identity"}
    return requests.get(url, stream=True, timeout=_TIMEOUT, headers=plain)


@contextmanager
def stream(answer: requests.Response) -> Iterator[IO[bytes]]:
    with answer:
        raw: Any = answer.raw
        yield raw
