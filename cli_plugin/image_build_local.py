"""Koji's command line: ``koji image-build-local`` and ``koji image-rebuild-local``.

Koji loads this file for every command of every user, so the library is imported by the handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji.plugin import export_cli

if TYPE_CHECKING:
    from collections.abc import Sequence
    from optparse import Values

    from koji import ClientSession


@export_cli  # type: ignore[untyped-decorator]  # Koji has no type information
def handle_image_build_local(goptions: Values, session: ClientSession, args: Sequence[str]) -> int:
    """[build] Build an operating-system image on Koji's own builders"""
    from koji_imagebuild.adapters import signatures  # noqa: PLC0415  # see above
    from koji_imagebuild.cli.command import image_build_local  # noqa: PLC0415

    if "--here" in args:
        from koji_imagebuild.here.command import image_build_here  # noqa: PLC0415

        return image_build_here(goptions, session, args)
    signatures.register()
    return image_build_local(goptions, session, args)


@export_cli  # type: ignore[untyped-decorator]  # Koji has no type information
def handle_image_rebuild_local(
    goptions: Values, session: ClientSession, args: Sequence[str]
) -> int:
    """[build] Build an image again: what failed of it, or all of it"""
    from koji_imagebuild.adapters import signatures  # noqa: PLC0415  # see above
    from koji_imagebuild.cli.rebuild_command import image_rebuild_local  # noqa: PLC0415

    if "--here" in args:
        from koji_imagebuild.here.command import image_rebuild_here  # noqa: PLC0415

        return image_rebuild_here(goptions, session, args)
    signatures.register()
    return image_rebuild_local(goptions, session, args)
