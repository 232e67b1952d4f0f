"""Loop devices that do not outlive a test; build roots of kojid's class."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from . import devices
from .kojid_root import JOB, NO_DEVICES, open_roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from koji_imagebuild.adapters.buildroot import KojidRoot, KojidRoots


@pytest.fixture
def attach(as_root: None) -> Iterator[devices.Attach]:
    with ExitStack() as stack:

        def attached(path: Path, *, partitioned: bool = False) -> str:
            device = devices.attach(devices.disk(path, partitioned=partitioned))
            stack.callback(devices.detach, device)
            if partitioned:
                devices.add_partitions(device)
            return device

        yield attached


@pytest.fixture
def roots(tmp_path: Path) -> KojidRoots:
    return open_roots(tmp_path)


@pytest.fixture
def root(roots: KojidRoots) -> KojidRoot:
    return roots.open(JOB, NO_DEVICES)
