"""What a build root offers, asked before minutes are spent in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import Infrastructure, PreflightError
from koji_imagebuild.tools.base import Command, Layout, Needs, Tool

if TYPE_CHECKING:
    from koji_imagebuild.model.target import BuildTag
    from koji_imagebuild.pipeline.ports import Ran

_LINE = re.compile(r"^(?:\S+ )?image-build-probe (\w+)=(.*)$", re.MULTILINE)
_EXHAUSTED = ("could not find any free loop", "cannot find an unused loop device")


@dataclass(frozen=True)
class RootFacts:
    """What the probe found.

    :param tool_version: the line the tool answered
    :param loop: "ok", or why loop devices cannot be used
    """

    tool_version: str
    loop: str


def probe(tool: Tool[Any], layout: Layout) -> Command:
    """Lay the probe into the build root; the command that runs it."""
    script = layout.on_builder(layout.work) / "probe.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(resources.files("koji_imagebuild.pipeline").joinpath("probe.sh").read_text())
    return Command(
        step="look into the build root",
        argv=("/bin/sh", str(layout.work / "probe.sh"), str(layout.work), *tool.version_argv),
        log="05-probe.log",
    )


def read(tool: Tool[Any], ran: Ran) -> RootFacts:
    """The facts in what the probe printed.

    :raises Infrastructure: when it did not get as far as printing
    """
    found = dict(_LINE.findall(ran.log.read_text(errors="replace")))
    if not {"tool", "no_tool"} & set(found) or "loop" not in found:
        raise Infrastructure(
            f"The build root did not answer: the probe ended with status {ran.status}",
            log=ran.log.name,
        )
    if "no_tool" in found:
        raise PreflightError(
            f"The build root has no working {tool.version_argv[0]}: {found['no_tool'].strip()}",
            repair=f"Add it to the group {tool.install_group} of the build tag",
            log=ran.log.name,
        )
    return RootFacts(tool_version=found["tool"].strip(), loop=found["loop"].strip())


def check(needs: Needs, facts: RootFacts, tag: BuildTag) -> None:
    """Refuse a build root that lacks what the job needs.

    :raises PreflightError: with the command that repairs it
    :raises Infrastructure: when only this builder, only now, has none left
    """
    if not needs.loop_devices or facts.loop == "ok":
        return
    if any(words in facts.loop for words in _EXHAUSTED):
        raise Infrastructure(f"This builder has no free loop device: {facts.loop}")
    repair = f"Let mock isolate by chroot: koji edit-tag -x mock.new_chroot=0 {tag.name}"
    if tag.host_devices:
        repair = "The machine itself has none: modprobe loop, or in a container show it all of /dev"
    raise PreflightError(
        f"Disk images need a loop device with partitions, the build root has none: {facts.loop}",
        repair=repair,
    )
