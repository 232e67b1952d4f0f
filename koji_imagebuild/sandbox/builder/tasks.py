"""Stand-ins for kojid's own tasks that a sandbox needs: tagBuild, newRepo, buildNotification."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import koji
from koji.tasks import BaseTaskHandler

from koji_imagebuild.sandbox.builder import createrepo


class TagBuildTask(BaseTaskHandler):  # type: ignore[misc]  # Koji has no type information
    """Contract: builder/kojid:2694."""

    Methods = ("tagBuild",)

    def handler(
        self,
        tag_id: int,
        build_id: int,
        force: bool = False,  # noqa: FBT001, FBT002  # kojid's signature
        fromtag: int | None = None,
        ignore_success: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        owner = self.session.getTaskInfo(self.id)["owner"]

        def notify(success: bool, why: str = "") -> None:  # noqa: FBT001
            self.session.host.tagNotification(
                success, tag_id, fromtag, build_id, owner, ignore_success, why
            )

        try:
            self.session.getBuild(build_id, strict=True)
            self.session.getTag(tag_id, strict=True)
            self.session.host.tagBuild(self.id, tag_id, build_id, force=force, fromtag=fromtag)
        except Exception as problem:
            notify(success=False, why=f"{type(problem).__name__}: {problem}")
            raise
        notify(success=True)


class NewRepoTask(BaseTaskHandler):  # type: ignore[misc]
    """Contract: builder/kojid:5760 and 5969.

    A sandbox has one arch, so the repository is made here and not in createrepo children.
    """

    Methods = ("newRepo",)
    _taskWeight = 0.5  # noqa: N815  # Koji's name

    def handler(
        self,
        tag: str | int,
        event: int | None = None,
        src: bool | None = None,  # noqa: FBT001  # kojid's signature
        debuginfo: bool | None = None,  # noqa: FBT001
        separate_src: bool | None = None,  # noqa: FBT001
        opts: dict[str, Any] | None = None,
    ) -> tuple[int, int]:
        asked = {"src": src, "debuginfo": debuginfo, "separate_src": separate_src}
        legacy = {name: bool(value) for name, value in asked.items() if value is not None}
        if legacy and opts is not None:
            raise koji.ParameterError("opts parameter cannot be combined with legacy options")
        info = self.session.getTag(tag, strict=True, event=event)
        at = {} if event is None else {"event": event}
        repo_id, event_id = self.session.host.repoInit(
            info["id"], opts=legacy or opts, task_id=self.id, **at
        )
        external = self.session.getExternalRepoList(info["id"], event=event_id)
        folder = Path(koji.pathinfo.repo(repo_id, info["name"]))
        made = {
            path.parent.name: self._make_arch(path.parent, external)
            for path in sorted(folder.glob("*/pkglist"))
        }
        self.session.host.repoDone(repo_id, made)
        return repo_id, event_id

    def _make_arch(self, folder: Path, external: list[dict[str, Any]]) -> tuple[str, list[str]]:
        """Make the metadata of one arch's repository and upload it.

        :returns: where it was uploaded to, and the names
        """
        file = folder.parent / "groups" / "comps.xml"
        comps = file if file.is_file() else None
        made = Path(self.workdir) / folder.name
        made.mkdir()
        self._run(createrepo.index(folder, made, comps), f"createrepo-{folder.name}.log")
        if external:
            own, made = made, made.with_name(f"{folder.name}-merged")
            self._run(
                createrepo.merge(folder, own, made, comps, external),
                f"mergerepos-{folder.name}.log",
            )
        names = sorted(path.name for path in (made / "repodata").iterdir())
        for name in names:
            self.uploadFile(str(made / "repodata" / name), relPath=folder.name)
        return f"{self.getUploadDir()}/{folder.name}", names

    def _run(self, argv: tuple[str, ...], name: str) -> None:
        """Run a command and keep what it says as a log of the task."""
        log = Path(self.workdir) / name
        with log.open("wb") as out:
            out.write(f"$ {' '.join(argv)}\n".encode())
            out.flush()
            done = subprocess.run(argv, check=False, stdout=out, stderr=subprocess.STDOUT)
        self.uploadFile(str(log))
        if done.returncode != 0:
            raise koji.GenericError(
                f"failed to create repo: {argv[0]} exited with status {done.returncode}; "
                f"see {name} for more information"
            )


class BuildNotificationTask(BaseTaskHandler):  # type: ignore[misc]
    """Writes the mail into a file instead of sending it (builder/kojid:5529)."""

    Methods = ("buildNotification",)
    _taskWeight = 0.1  # noqa: N815

    def handler(
        self,
        recipients: list[str],
        build: dict[str, Any],
        target: dict[str, Any] | None,
        weburl: str,
    ) -> None:
        if not recipients:
            return
        folder = Path(self.options.mailbox)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{koji.buildLabel(build)}.task{self.id}.txt"
        path.write_text(notification(recipients, build, target, weburl))


def notification(
    recipients: list[str], build: dict[str, Any], target: dict[str, Any] | None, weburl: str
) -> str:
    """Write the mail."""
    status = koji.BUILD_STATES[build["state"]].lower()
    tag = target["dest_tag_name"] if target else None
    label = koji.buildLabel(build)
    lines = (
        f"Subject: Package: {label} Tag: {tag} Status: {status} Built by: {build['owner_name']}",
        f"To: {', '.join(recipients)}",
        "",
        f"Package: {label}",
        f"Tag: {tag}",
        f"Status: {status}",
        f"Built by: {build['owner_name']}",
        f"ID: {build['id']}",
        "",
        f"Task Info: {weburl}/taskinfo?taskID={build['task_id']}",
        f"Build Info: {weburl}/buildinfo?buildID={build['id']}",
        "",
    )
    return "\n".join(lines)
