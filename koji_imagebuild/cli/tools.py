"""Every tool the command line knows; one more is one more module and one more line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.cli.image_builder import IMAGE_BUILDER
from koji_imagebuild.cli.kiwi import KIWI
from koji_imagebuild.cli.manifest import MANIFEST

if TYPE_CHECKING:
    from koji_imagebuild.cli.tool_command import ToolCommand

TOOLS: Final[dict[str, ToolCommand]] = {tool.name: tool for tool in (KIWI, IMAGE_BUILDER, MANIFEST)}
