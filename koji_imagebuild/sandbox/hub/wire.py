"""Koji's dialect of XML-RPC: what comes in, what goes out."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

import koji
from koji import xmlrpcplus

log = logging.getLogger(__name__)

_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Request:
    """A method with its arguments; Koji sends named ones in a last dict marked ``__starstar``."""

    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def of(cls, method: str, params: Any) -> Request:
        args, kwargs = koji.decode_args(*params)
        return cls(method, tuple(args), kwargs)


def decode(body: bytes) -> Request:
    """:raises koji.GenericError: when the body is no XML-RPC call"""
    parser, unmarshaller = xmlrpcplus.getparser()
    try:
        parser.feed(body)
        parser.close()
        params, method = unmarshaller.close(), unmarshaller.getmethodname()
    except Exception as error:
        raise koji.GenericError(f"Invalid request: {error}") from error
    if not method:
        raise koji.GenericError("Invalid request: no method")
    return Request.of(method, params)


def encode(result: Any) -> bytes:
    answer: str = xmlrpcplus.dumps((result,), methodresponse=1)
    return answer.encode()


def encode_fault(error: Exception) -> bytes:
    answer: str = xmlrpcplus.dumps(as_fault(error))
    # XML cannot carry control characters, and a client repeats what it cannot read
    return _CONTROL.sub("?", answer).encode()


def as_fault(error: Exception) -> Any:
    """Koji's errors keep their code and text, all others become code 1.

    A stored task result may be a fault: Koji's ``loads`` raises it, and it goes on as it is.
    """
    if isinstance(error, xmlrpcplus.Fault):
        return error
    if isinstance(error, koji.GenericError):
        return xmlrpcplus.Fault(error.faultCode, str(error))
    log.error("unexpected error in a call", exc_info=error)
    return xmlrpcplus.Fault(1, f"{type(error)}: {error}")
