"""From what was asked to what will be built: target, arches, repository, source, names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.errors import PreflightError, RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoChoice
from koji_imagebuild.pipeline.rebuild.plan import arches_of
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.target import BuildTag, RepoInfo, Target
    from koji_imagebuild.pipeline.doors import Request
    from koji_imagebuild.pipeline.ports import Build, Children, Desk, ParentHub, Sources
    from koji_imagebuild.pipeline.rebuild.origin import Origin
    from koji_imagebuild.tools.base import Identity, Tool


@dataclass(frozen=True)
class Earlier:
    """What an earlier run of the same task settled: kojid frees stale tasks and runs them again.

    :param job: of any arch task it spawned
    :param tool: the one that was asked for; a rebuild's arch tasks may have another
    :param arches: of which it spawned arch tasks
    """

    build: Build | None
    job: ArchJob[Any] | None
    tool: str
    arches: frozenset[str] = frozenset()

    @classmethod
    def look(cls, tool: Tool[Any], hub: ParentHub, children: Children) -> Earlier:
        read = registry.ARCH_TASKS[tool.name].read
        existing = children.existing()
        for child in existing.values():
            job = read(child.arguments, no_address)
            return cls(hub.own_build(), job, tool.name, frozenset(existing))
        return cls(hub.own_build(), None, tool.name)

    @property
    def location(self) -> Location | None:
        """The commit that was pinned: a branch may have moved since."""
        if self.job is not None and self.job.tool.name == self.tool:
            pinned: Location = self.job.tool.location
            return pinned
        if self.build is not None and self.build.source:
            return Location.from_text(self.build.source)
        return None

    @property
    def nvr(self) -> NVR | None:
        if self.build is not None:
            return self.build.nvr
        return None if self.job is None else self.job.nvr


def no_address(_repo: RepoInfo, _arch: str) -> Repo:
    """A parent builds nothing, so it needs no address of a repository."""
    return Repo("")


@dataclass(frozen=True)
class Settled:
    """Everything that is fixed before the hub is asked for a build.

    :param asked: the tool as the request has it: its source may be a branch
    :param tool: with its source pinned
    :param arches: canonical, in the order they were asked for
    :param release: the one to open the build with; None lets the hub choose
    """

    target: Target
    tag: BuildTag
    arches: tuple[str, ...]
    repo: RepoInfo
    asked: Tool[Any]
    tool: Tool[Any]
    options: BuildOptions
    name: str
    version: str
    file_names: tuple[str, ...]
    release: str | None = None


def settle(
    request: Request,
    earlier: Earlier,
    hub: ParentHub,
    sources: Sources,
    desk: Desk,
    origin: Origin | None = None,
) -> Settled:
    """Ask the hub and the source.

    :param origin: of a rebuild, which takes the same commit and the same repository
    :raises RequestError: for what the hub or the source does not have
    """
    target = hub.target(request.target)
    tag = hub.build_tag(target)
    arches = choose_arches(arches_of(origin) if origin else request.arches, tag)
    repo = earlier.job.repo if earlier.job else _repository(request.options, tag, hub, origin)
    pinned = earlier.location or (origin.location if origin else None)
    checkout = sources.fetch(pinned or request.tool.location, desk.workdir / "source")
    tool = request.tool.pinned(checkout.location)
    found = {arch: tool.identify(checkout.folder, arch) for arch in arches}
    called = {(identity.name, identity.version) for identity in found.values()}
    if len(called) > 1:
        shown = ", ".join(sorted(f"{name} {version}" for name, version in called))
        raise PreflightError(
            f"The source calls itself differently on different arches: {shown}",
            repair="Give --name and --version",
        )
    _check_file_names(found)
    ((name, version),) = called
    optional = tuple(koji.canonArch(arch) for arch in request.options.optional_arches)
    return Settled(
        target=target,
        tag=tag,
        arches=arches,
        repo=repo,
        asked=request.tool,
        tool=tool,
        options=replace(request.options, optional_arches=optional),
        name=names.package_name(request.options.name or name, "the build's name"),
        version=names.version(version, "the build's version"),
        file_names=tuple(
            dict.fromkeys(name for identity in found.values() for name in identity.file_names)
        ),
        release=request.options.release,
    )


def _repository(
    options: BuildOptions, tag: BuildTag, hub: ParentHub, origin: Origin | None
) -> RepoInfo:
    """The one that was chosen; else the one the origin had, unless a fresh one is asked for."""
    anew = options.rebuild is not None and options.rebuild.fresh_repo
    if origin is None or anew or options.repo != RepoChoice():
        return hub.repository(tag, options.repo)
    if origin.repo is None:
        return hub.repository(tag, origin.request.options.repo)
    return hub.same_repository(tag, origin.repo)


def _check_file_names(found: Mapping[str, Identity]) -> None:
    """A description's own pattern for names may leave the arch out."""
    counts = Counter(name for one in found.values() for name in set(one.file_names))
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise PreflightError(
            f"Several arches would make a file called {twice[0]}",
            repair="Give a bundle format with %A",
        )


def choose_arches(asked: tuple[str, ...], tag: BuildTag) -> tuple[str, ...]:
    """Canonical arches in the order asked, or all of the tag's.

    :raises RequestError: naming those the tag does not have
    """
    if not tag.arches:
        raise RequestError(
            f"Build tag {tag.name} has no arches",
            repair=f"koji edit-tag --arches='x86_64' {tag.name}",
        )
    chosen = tuple(dict.fromkeys(koji.canonArch(arch) for arch in asked))
    foreign = [arch for arch in chosen if arch not in tag.arches]
    if foreign:
        raise RequestError(
            f"Build tag {tag.name} has no arch {', '.join(foreign)}; it has {' '.join(tag.arches)}"
        )
    return chosen or tag.arches
