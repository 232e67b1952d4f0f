"""Files from the network, fetched by the builder where build roots have no way there."""

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
    # What a server compresses on the way would not be the file.
    answer = requests.get(
        url, stream=True, timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"}
    )
    if answer.status_code != HTTPStatus.OK:
        answer.close()
        return None
    return _stream(answer)


@contextmanager
def _stream(answer: requests.Response) -> Iterator[IO[bytes]]:
    with answer:
        raw: Any = answer.raw
        yield raw
