"""``…image-build.json``: what was asked, what was used, what came out.

Its JSON Schema is docs/reference/image-build.schema.json. Keys are sorted, times are UTC in
ISO 8601, addresses carry neither credentials nor query, and no document holds its own digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from koji_imagebuild import VERSION
from koji_imagebuild.model.wire import SCHEMA, sparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.artifact import Artifact
    from koji_imagebuild.model.container import Fetched
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.ostree import OSTreeFetched
    from koji_imagebuild.model.repo import Repo
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.rpms import Rpm, RpmList
    from koji_imagebuild.model.target import Target

PLUGIN = f"koji-imagebuild {VERSION}"


class Asked(Protocol):
    """A tool as far as a document tells of it."""

    @property
    def name(self) -> str: ...

    def source_on_record(self) -> dict[str, object]: ...

    def options_to_wire(self) -> dict[str, object]: ...


@dataclass(frozen=True)
class Used:
    """What a builder used.

    :param task_id: 0 where no Koji has a part in the build
    :param tool_version: as the tool prints it
    :param started: seconds since 1970
    :param containers: that were put into the build root
    :param commits: likewise
    :param details: the tool's own record, what it chose itself; empty before it planned anything
    """

    host: str
    task_id: int
    buildroot_id: int
    tool_version: str
    started: float
    details: Mapping[str, object] = field(default_factory=dict)
    containers: tuple[Fetched, ...] = ()
    commits: tuple[OSTreeFetched, ...] = ()


def now(seconds: float) -> str:
    """Seconds since 1970 as UTC in ISO 8601."""
    stamp = datetime.fromtimestamp(int(seconds), tz=timezone.utc)
    return stamp.isoformat().replace("+00:00", "Z")


def public(url: str) -> str:
    """An address without credentials and query; an SCM URL keeps its fragment, the commit."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", parts.fragment))


def head(nvr: NVR, target: Target, tool: Asked, options: BuildOptions) -> dict[str, object]:
    """What every document starts with: the build, and what was asked."""
    source = tool.source_on_record()
    if "url" in source:
        source["url"] = public(str(source["url"]))
    asked = {**options.to_wire(), **tool.options_to_wire()}
    asked["repos"] = [_published(repo).to_wire() for repo in options.repos]
    return {
        "schema": SCHEMA,
        "plugin": PLUGIN,
        "build": {
            "name": nvr.name,
            "version": nvr.version,
            "release": nvr.release,
            "scratch": options.scratch,
        },
        "asked": {
            "target": target.name,
            "tool": tool.name,
            "source": source,
            "options": asked,
        },
    }


def _published(repo: Repo) -> Repo:
    return replace(repo, url=public(repo.url), gpgkeys=tuple(public(key) for key in repo.gpgkeys))


def arch_document(  # everything there is to know about an arch
    job: ArchJob[Any],
    used: Used,
    *,
    finished: float,
    steps: Sequence[tuple[str, float]],
    artifacts: Sequence[Artifact] = (),
    rpms: RpmList | None = None,
    failure: str = "",
) -> dict[str, object]:
    """The document of one arch.

    :param failure: the fault's text; then the files are those that were kept before the tool began
    """
    return {
        **head(job.nvr, job.target, job.tool, job.options),
        "arch": job.arch,
        "used": {
            "host": used.host,
            "task": used.task_id,
            "buildroot": used.buildroot_id,
            "tool_version": used.tool_version,
            "repo": job.repo.id,
            "event": job.repo.event,
            "build_tag": job.target.build_tag_name,
            "source": public(job.tool.location.text),
            **sparse(
                details=dict(used.details) or None,
                containers=[fetched.on_record() for fetched in used.containers],
                ostree=[
                    {
                        "url": public(fetched.source.url),
                        "ref": fetched.source.ref,
                        "commit": fetched.commit,
                    }
                    for fetched in used.commits
                ],
            ),
        },
        "started": now(used.started),
        "finished": now(finished),
        "steps": [{"step": step, "seconds": seconds} for step, seconds in steps],
        "files": [
            {
                "name": artifact.name,
                "kind": artifact.kind.value,
                "type": artifact.image_type,
                "size": artifact.size,
                "sha256": artifact.sha256,
            }
            for artifact in artifacts
        ],
        "rpms": [] if rpms is None else _rpms(rpms),
        **sparse(failure=failure or None),
    }


def _rpms(rpms: RpmList) -> list[dict[str, object]]:
    known = [
        {**_rpm(known.rpm), **sparse(external_repo=known.external_repo)} for known in rpms.known
    ]
    return [
        *known,
        *({**_rpm(rpm), "unknown_to_koji": True} for rpm in rpms.unknown),
        *({**_rpm(rpm), "not_looked_up": True} for rpm in rpms.not_looked_up),
    ]


def _rpm(rpm: Rpm) -> dict[str, object]:
    return {"nvra": rpm.nvra, "epoch": rpm.epoch, "sigmd5": rpm.sigmd5}
