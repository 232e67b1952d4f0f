"""What a failure says where no kojid has a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import Failed, Told, ToolFailed
from koji_imagebuild.here import build
from koji_imagebuild.here.build import Built
from koji_imagebuild.here.report import document, lines
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.result import ArchResult, FileSum
from koji_imagebuild.pipeline.rebuild.record import Comparison

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("log", "shown"), [("20-a.log", "/20-a.log"), ("gone.log", ""), ("", "")])
def test_the_log_is_a_path(tmp_path: Path, log: str, shown: str) -> None:
    (tmp_path / "20-a.log").touch()
    placed = build._placed(ToolFailed("Failed in 'x'", log=log, repair="Do"), tmp_path)

    assert isinstance(placed, ToolFailed)
    assert (placed.log, placed.repair) == (f"{tmp_path}{shown}", "Do")


def test_a_traceback_is_where_it_can_be_had(tmp_path: Path) -> None:
    def fail() -> None:
        raise Failed("OSError", repair="The builder's kojid.log has it") from OSError(5, "Input")

    with pytest.raises(Told) as caught:
        fail()
    assert "kojid" not in build._placed(caught.value, tmp_path).text()


def test_how_it_ended(tmp_path: Path) -> None:
    sums = (FileSum("t-1-1.qcow2", 31_600_000, "5b" * 32), FileSum("t-1-1.qcow2.spdx.json", 5, "0"))
    result = ArchResult("x86_64", 0, NVR("t", "1", "1"), (), (), (), sums, steps=(("root", 61.0),))
    compared = Comparison(42, 2, (), (), (), same_bits=False, same_manifest=True)
    built = Built(result, tmp_path / "out", compared)

    said = lines(built, 40)
    assert said[0] == "Built t-1-1 in 1:01"
    assert said[1] == "  t-1-1.qcow2   31.6 MB  sha256:5b5b5b5…"
    assert said[2] == "  compared with task 42: same packages (2); same layout and UUIDs"
    told = document("x86_64", "CLOSED", built, "")
    assert told["output"] == f"{tmp_path}/out"
    assert told["compared"] == compared.document()
    assert document("x86_64", "FAILED", None, "why")["error"] == "why"
