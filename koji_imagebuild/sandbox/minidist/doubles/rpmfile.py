"""Reads the header of an RPM, byte by byte: the result JSON of osbuild quotes from it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Union

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Value = Union[int, str, bytes]

_LEAD = 96
_MAGIC = b"\x8e\xad\xe8\x01"
_NUMBERS = {3: ">H", 4: ">I", 5: ">Q"}
_TEXTS = (6, 8, 9)
_BYTES = 7


@dataclass(frozen=True)
class Header:
    """Both headers of an RPM; the names of the fields are those of osbuild's metadata."""

    name: str
    version: str
    release: str
    epoch: str | None
    arch: str
    sigmd5: str | None
    sha1header: str | None
    sha256header: str | None
    sha3_256header: str | None
    sigpgp: str | None
    siggpg: str | None


def read(path: Path) -> Header:
    """Read the header of a file.

    :raises ValueError: when it is no RPM
    """
    with path.open("rb") as file:
        file.seek(_LEAD)
        signature = _section(file, path)
        file.seek(-file.tell() % 8, 1)
        main = _section(file, path)
    epoch = main.get(1003)
    return Header(
        name=str(main[1000]),
        version=str(main[1001]),
        release=str(main[1002]),
        epoch=None if epoch is None else str(epoch),
        arch=str(main[1022]),
        sigmd5=_text(signature.get(1004)),
        sha1header=_text(signature.get(269)),
        sha256header=_text(signature.get(273)),
        sha3_256header=_text(signature.get(279)),
        sigpgp=_text(signature.get(268) or signature.get(1002)),
        siggpg=_text(signature.get(267) or signature.get(1005)),
    )


def _section(file: BinaryIO, path: Path) -> Mapping[int, Value]:
    """First value of every tag that has a number, a text or bytes."""
    intro = file.read(16)
    if intro[:4] != _MAGIC:
        raise ValueError(f"{path} is no RPM")
    count, size = struct.unpack(">8xII", intro)
    index = [struct.unpack(">IIII", file.read(16)) for _ in range(count)]
    store = file.read(size)
    return {
        tag: _value(store[offset:], kind, length)
        for tag, kind, offset, length in index
        if kind in _NUMBERS or kind in _TEXTS or kind == _BYTES
    }


def _value(data: bytes, kind: int, length: int) -> Value:
    if kind in _NUMBERS:
        number: int = struct.unpack_from(_NUMBERS[kind], data)[0]
        return number
    if kind in _TEXTS:
        return data[: data.index(b"\0")].decode()
    return data[:length]


def _text(value: Value | None) -> str | None:
    return value.hex() if isinstance(value, bytes) else None if value is None else str(value)
