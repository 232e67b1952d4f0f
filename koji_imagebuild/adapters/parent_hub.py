"""What a parent asks of the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import koji.util

from koji_imagebuild.adapters import hub_facts, taggable
from koji_imagebuild.errors import PreflightError, RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.target import RepoChoice, RepoInfo, Target
from koji_imagebuild.pipeline.ports import Build

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from koji_imagebuild.errors import Told
    from koji_imagebuild.model.target import BuildTag

_ON_DISK = frozenset(koji.REPO_STATES[state] for state in ("READY", "EXPIRED"))


class KojidParentHub:
    """The hub as a running parent task sees it.

    :param task: the running ``koji.tasks.BaseTaskHandler``
    """

    def __init__(self, task: Any) -> None:
        self._task = task
        self._session = task.session
        self._types = hub_facts.FileTypes(task.session)

    def target(self, name: str) -> Target:
        info = self._session.getBuildTarget(name)
        if not info:
            raise RequestError(f"There is no target {name!r}", repair="koji list-targets")
        return Target.from_wire(info, "target")

    def build_tag(self, target: Target) -> BuildTag:
        return hub_facts.build_tag(self._session, target)

    def repository(self, tag: BuildTag, choice: RepoChoice) -> RepoInfo:
        if choice.repo_id is not None:
            info = self._session.repoInfo(choice.repo_id)
            if not info:
                raise RequestError(f"There is no repository {choice.repo_id}")
            if info["tag_id"] != tag.id:
                raise RequestError(
                    f"Repository {choice.repo_id} is one of {info['tag_name']}, not of {tag.name}"
                )
        elif choice.event is not None:
            watcher = koji.util.RepoWatcher(self._session, tag.id, at_event=choice.event)
            info = watcher.getRepo() or watcher.waitrepo()
        else:
            builds = list(choice.builds) or None
            info = self._task.getRepo(tag.id, builds=builds, wait=choice.wait)
        return RepoInfo(info["id"], info["create_event"], tag.name)

    def same_repository(self, tag: BuildTag, repo: RepoInfo) -> RepoInfo:
        info = self._session.repoInfo(repo.id)
        if info and info["state"] in _ON_DISK:
            return repo
        try:
            return self.repository(tag, RepoChoice(event=repo.event))
        except koji.GenericError as problem:
            raise PreflightError(
                f"Repository {repo.id} of {repo.tag_name} is gone,"
                f" and there is none of its event {repo.event}: {problem}",
                repair="--fresh-repo takes packages from the repository as it is now",
            ) from problem

    def groups(self, tag: BuildTag, event: int) -> frozenset[str]:
        groups = self._session.getTagGroups(tag.id, event=event)
        return frozenset(group["name"] for group in groups)

    def why_not_tagged(self, target: Target, name: str) -> Told | None:
        return taggable.refusal(self._session, target, name, self._task.taskinfo["owner"])

    def knows_file_type(self, file_name: str) -> bool:
        return self._types.knows(file_name)

    def last_release(self, name: str, version: str) -> str | None:
        builds = self._session.listBuilds(
            packageID=name, queryOpts={"order": "-build_id", "limit": 50}
        )
        return next((b["release"] for b in builds if b["version"] == version), None)

    def next_release(self, name: str, version: str) -> str:
        release: str = self._session.getNextRelease({"name": name, "version": version})
        return release

    def own_build(self) -> Build | None:
        for state in ("COMPLETE", "BUILDING"):
            found = self._session.listBuilds(taskID=self._task.id, state=koji.BUILD_STATES[state])
            if found:
                return _build(self._session.getBuild(found[0]["build_id"], strict=True))
        return None

    def open_build(self, name: str, version: str, release: str | None, source: str) -> Build:
        asked = {"name": name, "version": version, "release": release, "epoch": 0}
        if source:
            asked["source"] = source
        try:
            opened = self._session.host.initImageBuild(self._task.id, asked)
        except koji.GenericError:
            there = self._session.getBuild(asked) if release else None
            if not there:
                raise
            # The hub says the same with all it was asked for, as a Python dict.
            state = koji.BUILD_STATES[there["state"]]
            raise RequestError(
                f"Build already exists (id={there['id']}, state={state}): {there['nvr']}",
                repair="Give another --release, or none: the hub counts on",
            ) from None
        return Build(opened["id"], NVR(name, version, opened["release"]), False, source)  # noqa: FBT003

    def complete_build(self, build: Build, results: Mapping[str, object]) -> None:
        try:
            self._session.host.completeImageBuild(self._task.id, build.id, results)
        except koji.RetryError:
            # The hub got the call, but its answer was lost, and it does nothing twice.
            if self._session.getBuild(build.id)["state"] != koji.BUILD_STATES["COMPLETE"]:
                raise

    def fail_build(self, build: Build) -> None:
        self._session.host.failBuild(self._task.id, build.id)

    def move_to_scratch(self, results: Mapping[str, object]) -> None:
        try:
            self._session.host.moveImageBuildToScratch(self._task.id, results)
        except koji.GenericError as problem:
            # An earlier run of this task moved them; links to all files are in the tasks' folders.
            if "Destination exists" not in str(problem):
                raise

    def tag_build(self, build: Build, target: Target) -> None:
        tags = self._session.listTags(build=build.id)
        if any(tag["id"] == target.dest_tag for tag in tags):
            return
        # What a tagBuild task does (builder/kojid, TagBuildTask), without waiting until a builder
        # takes it: for a minute, with the hub's own RunInterval.
        host, task = self._session.host, self._task
        try:
            host.tagBuild(task.id, target.dest_tag, build.id)
        except koji.GenericError as problem:
            why = f"{type(problem).__name__}: {problem}"
            what = (False, target.dest_tag, None, build.id, task.taskinfo["owner"])
            host.tagNotification(*what, True, why)  # noqa: FBT003  # Koji's signature
            raise

    def unknown_rpms(self, rpms: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
        internal = [rpm for rpm in rpms if not rpm.get("location")]
        with self._session.multicall(strict=True) as calls:
            answers = [calls.getRPM(dict(rpm)) for rpm in internal]
        return tuple(
            "{name}-{version}-{release}.{arch}".format(**rpm)
            for rpm, answer in zip(internal, answers)
            if not answer.result
        )

    def missing_files(self, task_id: int, names: Iterable[str]) -> tuple[str, ...]:
        there = self._session.listTaskOutput(task_id)
        return tuple(name for name in names if name not in there)

    def image_folder(self, build: Build) -> str:
        nvr = build.nvr
        fields = {"name": nvr.name, "version": nvr.version, "release": nvr.release}
        folder: str = koji.pathinfo.imagebuild(fields)
        return folder


def _build(info: Any) -> Build:
    return Build(
        info["build_id"],
        NVR(info["name"], info["version"], info["release"]),
        info["state"] == koji.BUILD_STATES["COMPLETE"],
        info.get("source") or "",
    )
