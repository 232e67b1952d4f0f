"""Small descriptions for tests that care for one thing in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TBZ = '<type image="tbz"/>'
#: What a description's scripts need to run at all.
SHELL = ("busybox", "bash")


def tiny(
    *,
    head: str = '<image schemaversion="8.0" name="tiny">',
    version: str = "1.0",
    types: str = TBZ,
    packages: Sequence[str] = (),
    more: str = "",
) -> str:
    """kiwi-descriptions/tiny, with something changed.

    :param more: elements of the image
    """
    wanted = ("minidist-filesystem", "minidist-release", *packages)
    names = "".join(f'<package name="{name}"/>' for name in wanted)
    return f"""\
{head}
  <description type="system">
    <author>Mini Dist</author>
    <contact>minidist@example.com</contact>
    <specification>For a test</specification>
  </description>
  <preferences>
    <version>{version}</version>
    <packagemanager>dnf4</packagemanager>
    {types}
  </preferences>
  <packages type="bootstrap">{names}</packages>
  {more}
</image>
"""
