"""One image build as it was asked for, whichever call it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.container import Container
from koji_imagebuild.model.rebuild import Rebuild
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.target import RepoChoice
from koji_imagebuild.model.wire import SCHEMA, Reader, check_schema, sparse

ToolT_co = TypeVar("ToolT_co", covariant=True)


@dataclass(frozen=True)
class BuildOptions:
    """What can be asked of every tool.

    :param use_buildroot_repo: None means: if and only if no other repositories are given
    :param optional_arches: arches whose failure does not fail the build
    :param allow_unknown_rpms: import although Koji does not know every RPM of the image; the hub's
        configuration has to allow the option
    :param containers: images in registries that the builder puts into the build root
    :param rebuild: only ``imageRebuildLocal`` makes such a request
    """

    scratch: bool = False
    skip_tag: bool = False
    fail_fast: bool = False
    allow_unknown_rpms: bool = False
    optional_arches: tuple[str, ...] = ()
    name: str | None = None
    release: str | None = None
    repos: tuple[Repo, ...] = ()
    use_buildroot_repo: bool | None = None
    repo: RepoChoice = field(default_factory=RepoChoice)
    rebuild: Rebuild | None = None
    containers: tuple[Container, ...] = ()

    @classmethod
    def read(cls, reader: Reader) -> BuildOptions:
        """Take this class's keys from ``opts``; the caller lets the tool take its own."""
        check_schema(reader)
        name, release = reader.text("name"), reader.text("release")
        optional = reader.texts("optional_arches") + reader.texts("failable_arches")
        options = cls(
            scratch=reader.flag("scratch") or False,
            skip_tag=reader.flag("skip_tag") or False,
            fail_fast=reader.flag("fail_fast") or False,
            allow_unknown_rpms=reader.flag("allow_unknown_rpms") or False,
            optional_arches=tuple(
                names.arch(arch, f"{reader.where}.optional_arches") for arch in optional
            ),
            name=None if name is None else names.package_name(name, f"{reader.where}.name"),
            release=None if release is None else names.version(release, f"{reader.where}.release"),
            repos=tuple(Repo.from_wire(value, where) for where, value in reader.items("repos")),
            use_buildroot_repo=reader.flag("use_buildroot_repo"),
            repo=RepoChoice(
                repo_id=reader.number("repo_id"),
                event=reader.number("event"),
                wait=reader.flag("wait_repo") or False,
                builds=reader.texts("wait_builds"),
            ),
            rebuild=Rebuild.read(reader.struct("rebuild")) if reader.has("rebuild") else None,
            containers=tuple(
                Container.read(text, f"{reader.where}.containers[{number}]")
                for number, text in enumerate(reader.texts("containers"))
            ),
        )
        options._check(reader.where)
        return options

    def _check(self, where: str) -> None:
        if self.repo.repo_id is not None and self.repo.event is not None:
            raise RequestError(f"{where}: repo_id and event exclude each other")
        names_there = [container.local for container in self.containers]
        if len(set(names_there)) < len(names_there):
            raise RequestError(f"{where}.containers: two of them have the same name and tag")
        if self.use_buildroot_repo is False and not self.repos:
            raise RequestError(
                f"{where}: without the build root's repository and without others"
                " there is nothing to take packages from",
                repair="Give a repository, or leave use_buildroot_repo out",
            )

    @property
    def with_buildroot_repo(self) -> bool:
        if self.use_buildroot_repo is None:
            return not self.repos
        return self.use_buildroot_repo

    def to_wire(self) -> dict[str, object]:
        return sparse(
            schema=SCHEMA,
            scratch=self.scratch,
            skip_tag=self.skip_tag or None,
            fail_fast=self.fail_fast or None,
            allow_unknown_rpms=self.allow_unknown_rpms or None,
            optional_arches=list(self.optional_arches),
            name=self.name,
            release=self.release,
            repos=[repo.to_wire() for repo in self.repos],
            use_buildroot_repo=self.use_buildroot_repo,
            repo_id=self.repo.repo_id,
            event=self.repo.event,
            wait_repo=self.repo.wait or None,
            wait_builds=list(self.repo.builds),
            rebuild=None if self.rebuild is None else self.rebuild.to_wire(),
            containers=[container.text for container in self.containers],
        )


@dataclass(frozen=True)
class ImageRequest(Generic[ToolT_co]):
    """What one user asked for: where, for which arches, with which tool.

    :param arches: empty means all arches of the build tag
    :param tool: the tool, bound to its source and its options
    """

    target: str
    arches: tuple[str, ...]
    tool: ToolT_co
    options: BuildOptions

    def __post_init__(self) -> None:
        names.target(self.target, "target")
        for arch in self.arches:
            names.arch(arch, "arches")
        foreign = sorted(set(self.options.optional_arches) - set(self.arches))
        if self.arches and foreign:
            raise RequestError(
                f"optional_arches: {', '.join(foreign)} is not among the arches of the request"
            )
