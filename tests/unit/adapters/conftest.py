"""Loop devices that do not outlive a test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from . import devices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
