"""Uploads that come as ordinary calls; ``rawUpload`` goes by HTTP, see dispatch.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.sandbox.hub import uploads
from koji_imagebuild.sandbox.hub.call import method

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("checkUpload")
def check_upload(
    call: Call,
    path: str,
    name: str,
    verify: str | None = None,
    tail: int | None = None,
    volume: str | None = None,
) -> Row | None:
    del volume
    return uploads.check_upload(uploads.upload_path(call, path, name), verify, tail)


@method("uploadFile")
def upload_file(
    call: Call,
    path: str,
    name: str,
    size: Any,
    md5sum: Any,
    offset: Any,
    data: str,
    volume: str | None = None,
    checksum: Any = None,
) -> bool:
    """:param md5sum: an old name for checksum: an MD5 digest, or (type, digest)"""
    del volume
    call.session.assert_login()
    given = md5sum if checksum is None else checksum
    pair = ("md5", given) if isinstance(given, str) else tuple(given or (None, ""))
    target = uploads.writable_path(call, path, name)
    length = None if size is None else int(size)
    return uploads.store_encoded(target, length, pair, int(offset), data)
