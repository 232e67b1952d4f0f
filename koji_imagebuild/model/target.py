"""Where a build takes its packages from and where it is tagged into."""

from __future__ import annotations

from dataclasses import dataclass

from koji_imagebuild.model.wire import Reader


@dataclass(frozen=True)
class Target:
    """A Koji build target, as ``getBuildTarget`` answers."""

    name: str
    build_tag: int
    build_tag_name: str
    dest_tag: int
    dest_tag_name: str

    @classmethod
    def from_wire(cls, value: object, where: str = "target_info") -> Target:
        reader = Reader(value, where)
        return cls(
            name=reader.required("name"),
            build_tag=reader.number("build_tag") or 0,
            build_tag_name=reader.required("build_tag_name"),
            dest_tag=reader.number("dest_tag") or 0,
            dest_tag_name=reader.required("dest_tag_name"),
        )

    def to_wire(self) -> dict[str, object]:
        """Koji's own keys: builders with Koji's kiwi plugin read them too."""
        return {
            "name": self.name,
            "build_tag": self.build_tag,
            "build_tag_name": self.build_tag_name,
            "dest_tag": self.dest_tag,
            "dest_tag_name": self.dest_tag_name,
        }


@dataclass(frozen=True)
class RepoInfo:
    """One generation of a build tag's repository; ``event`` is the hub's event it shows."""

    id: int
    event: int
    tag_name: str

    @classmethod
    def from_wire(cls, value: object, tag_name: str, where: str = "repo_info") -> RepoInfo:
        reader = Reader(value, where)
        return cls(
            id=reader.number("id") or 0,
            event=reader.number("create_event") or 0,
            tag_name=reader.text("tag_name") or tag_name,
        )

    def to_wire(self) -> dict[str, object]:
        return {"id": self.id, "create_event": self.event, "tag_name": self.tag_name}


@dataclass(frozen=True)
class RepoChoice:
    """Which generation of the build tag's repository a request wants.

    At most one of ``repo_id`` and ``event``; ``wait`` asks for one as new as the request,
    ``builds`` for one that holds these NVRs.
    """

    repo_id: int | None = None
    event: int | None = None
    wait: bool = False
    builds: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildTag:
    """What matters of ``getBuildConfig``.

    :param arches: canonical, in the tag's order
    :param host_devices: the tag option ``mock.new_chroot`` is set and false, so mock isolates by
        chroot and a build root can see the machine's loop devices
    """

    id: int
    name: str
    arches: tuple[str, ...]
    host_devices: bool
