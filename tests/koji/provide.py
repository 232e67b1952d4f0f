"""A private Koji, made of an installed one, as a Koji under test."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox import scm
from tests.sandbox.under_test import Koji

from .instance import instance
from .machine import RealMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .instance import Instance


@contextmanager
def real() -> Iterator[Koji]:
    """A Koji that lives as long as the block."""
    with instance() as made:
        profile = made.state.endpoints().profile
        yield Koji(
            koji_command=Path(sys.executable).with_name("koji"),
            environment={"HOME": str(made.home)},
            profiles={
                "releng": profile,
                "admin": f"{profile}-admin",
                "nobody": f"{profile}-nobody",
            },
            target=made.world.target,
            build_tag=made.world.build_tag,
            dest_tag=made.world.dest_tag,
            arch=made.world.arch,
            publish=lambda path, name: _publish(made, path, name),
            machine=RealMachine(made),
        )


def _publish(made: Instance, folder: Path, name: str) -> str:
    scm.publish(made.state, folder, name)
    return f"git+{made.state.endpoints().scm}/{name}#main"
