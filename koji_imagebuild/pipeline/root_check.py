"""What a build root offers, asked before minutes are spent in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import Infrastructure, PreflightError
from koji_imagebuild.tools import contained
from koji_imagebuild.tools.base import Command, Needs, Tool

if TYPE_CHECKING:
    from koji_imagebuild.errors import Told
    from koji_imagebuild.model.target import BuildTag
    from koji_imagebuild.pipeline.ports import Ran
    from koji_imagebuild.tools.layout import Layout

_LINE = re.compile(r"^(?:\S+ )?image-build-probe (\w+)=(.*)$", re.MULTILINE)
#: What the probe says when there is none.
NO_BWRAP = "bwrap is not installed"
_EXHAUSTED = ("could not find any free loop", "cannot find an unused loop device")


@dataclass(frozen=True)
class RootFacts:
    """What the probe found.

    :param tool_version: the line the tool answered
    :param loop: "ok", or why loop devices cannot be used
    :param bubblewrap: "ok", or why bubblewrap does not work under our wrapper
    """

    tool_version: str
    loop: str
    bubblewrap: str = ""


def probe(tool: Tool[Any], layout: Layout) -> Command:
    """Lay the probe into the build root, and the wrapper; the command that runs it."""
    contained.lay_out(layout)
    script = layout.on_builder(layout.work) / "probe.sh"
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
    return RootFacts(
        tool_version=found["tool"].strip(),
        loop=found["loop"].strip(),
        bubblewrap=found.get("bubblewrap", "").strip(),
    )


def check(needs: Needs, facts: RootFacts, tag: BuildTag) -> None:
    """Refuse a build root that lacks what the job needs.

    :raises PreflightError: with the command that repairs it
    :raises Infrastructure: when only this builder, only now, has none left
    """
    if needs.bubblewrap and facts.bubblewrap != "ok":
        raise _no_bubblewrap(facts.bubblewrap, tag)
    if needs.loop_devices and facts.loop != "ok":
        raise _no_loop_device(facts.loop, tag)


def _no_bubblewrap(why: str, tag: BuildTag) -> PreflightError:
    repair = f"Let mock isolate by chroot: koji edit-tag -x mock.new_chroot=0 {tag.name}"
    if why == NO_BWRAP:
        repair = f"Add bubblewrap to the group of the tool in {tag.name}"
    elif tag.host_devices:
        repair = "The machine itself forbids it: a builder in a container needs all privileges"
    return PreflightError(
        f"osbuild needs bubblewrap, which does not work in the build root: {why}", repair=repair
    )


def _no_loop_device(why: str, tag: BuildTag) -> Told:
    if any(words in why for words in _EXHAUSTED):
        return Infrastructure(f"This builder has no free loop device: {why}")
    repair = f"Let mock isolate by chroot: koji edit-tag -x mock.new_chroot=0 {tag.name}"
    if tag.host_devices:
        repair = "The machine itself has none: modprobe loop, or in a container show it all of /dev"
    return PreflightError(
        f"Disk images need a loop device with partitions, the build root has none: {why}",
        repair=repair,
    )
