"""Fetching what is built from: a commit, an uploaded archive, what an earlier build left."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import koji
import requests
from koji.daemon import SCM

from koji_imagebuild.adapters import addresses, archive, configuration, git, kept_files
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.adapters.stock import KojiStock, nothing
from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.pipeline.ports import Checkout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from koji_imagebuild.model.source import Location
    from koji_imagebuild.tools.base import Download

_CHECKOUT_LOG = "checkout.log"


class KojidSources:
    """Sources as kojid's configuration allows them.

    :param task: the running ``koji.tasks.BaseTaskHandler``
    :param scratch: what the SCM policy and the callbacks are told
    """

    def __init__(self, task: Any, build_tag: str | None, *, scratch: bool) -> None:
        self._task = task
        self._build_tag = build_tag
        self._scratch = scratch

    def fetch(self, location: Location, into: Path) -> Checkout:
        into.mkdir(parents=True, exist_ok=True)
        if not location.text:
            return Checkout(into, location)
        if location.upload:
            return Checkout(self._unpack(location, into), location)
        if location.archives:
            kept_files.fetch(location.archives, self._shelf(), into)
            return Checkout(into, location)
        return self._check_out(location, into)

    def stock(self, downloads: Sequence[Download], root: Path) -> Iterator[tuple[Download, str]]:
        by_builder = configuration.builder().network == "builder"
        elsewhere = addresses.read if by_builder else nothing
        return KojiStock(self._task.session, self._shelf(), elsewhere).lay_out(downloads, root)

    def _shelf(self) -> KojiShelf:
        return KojiShelf(self._task.options.topurl or self._task.options.topdir)

    def _check_out(self, location: Location, into: Path) -> Checkout:
        scm = SCM(location.url)
        self._assert_allowed(scm)
        told = {"build_tag": self._build_tag, "scratch": self._scratch}
        self._task.run_callbacks("preSCMCheckout", scminfo=scm.get_info(), **told)
        log = Path(self._task.workdir) / _CHECKOUT_LOG
        if scm.scmtype.startswith("GIT"):
            checkout = self._git(scm, into, log)
        else:
            # allowed_scms may ask for the "common" folder of dist-git, which no image has.
            scm.use_common = False
            upload = self._task.getUploadDir()
            folder = scm.checkout(str(into), self._task.session, upload, str(log))
            checkout = Checkout(Path(folder), location)
        self._task.run_callbacks(
            "postSCMCheckout", scminfo=scm.get_info(), srcdir=str(checkout.folder), **told
        )
        return checkout

    def _git(self, scm: SCM, into: Path, log: Path) -> Checkout:
        try:
            return git.fetch(scm, into, log)
        finally:
            self._task.uploadFile(str(log))

    def _assert_allowed(self, scm: SCM) -> None:
        task, options = self._task, self._task.options
        channel = task.session.getChannel(task.taskinfo["channel_id"], strict=True)
        scm.assert_allowed(
            allowed=options.allowed_scms,
            session=task.session,
            by_config=options.allowed_scms_use_config,
            by_policy=options.allowed_scms_use_policy,
            policy_data={
                "user_id": task.taskinfo["owner"],
                "channel": channel["name"],
                "scratch": self._scratch,
            },
        )

    def _unpack(self, location: Location, into: Path) -> Path:
        with tempfile.TemporaryFile(dir=self._task.workdir) as copy:
            with self._open(location) as remote:
                shutil.copyfileobj(remote, copy, 1 << 20)
            copy.seek(0)
            digest = hashlib.sha256()
            while block := copy.read(1 << 20):
                digest.update(block)
            if digest.hexdigest() != location.sha256:
                raise DescriptionError(
                    "The uploaded folder is not the one that was submitted: its digest differs",
                    repair="Submit it again",
                )
            copy.seek(0)
            archive.unpack(copy, into)
        return into

    def _open(self, location: Location) -> IO[bytes]:
        options = self._task.options
        relative = koji.PathInfo(topdir="").work().lstrip("/") + f"/{location.upload}"
        try:
            remote: IO[bytes] = koji.openRemoteFile(
                relative, topurl=options.topurl, topdir=options.topdir
            )
        except (FileNotFoundError, requests.HTTPError) as problem:
            answer = getattr(problem, "response", None)
            if answer is not None and answer.status_code != HTTPStatus.NOT_FOUND:
                raise
            raise DescriptionError(
                "The uploaded folder is gone: Koji does not keep uploads for long",
                repair="Submit it again",
            ) from None
        return remote
