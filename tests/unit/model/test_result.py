"""Results: ours over the wire, those of builders with Koji's own plugin, and broken ones."""

from __future__ import annotations

import koji.xmlrpcplus
import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.metadata import PLUGIN
from koji_imagebuild.model.result import ArchResult, FileSum
from koji_imagebuild.model.rpms import KnownRpm

from .samples import BASH, DIGEST, NVR_

OURS = ArchResult(
    arch="x86_64",
    task_id=42,
    nvr=NVR_,
    files=("a.qcow2", "a.json"),
    logs=("20-prepare.log",),
    rpmlist=(KnownRpm(BASH).to_wire(), KnownRpm(BASH, "fedora").to_wire()),
    sums=(FileSum("a.qcow2", 5 << 32, DIGEST), FileSum("a.json", 0, DIGEST)),
    plugin=PLUGIN,
    host="builder",
    images=1,
    steps=(("root", 7.25), ("create disk image", 5.0)),
)

#: What ``createKiwiImage`` of Koji's own plugin returns (plugins/builder/kiwi.py, 1.35).
KOJIS = {
    "arch": "x86_64",
    "task_id": 42,
    "logs": ["minidist.x86_64.kiwi"],
    "name": "minidist-Disk",
    "version": "1.0.0",
    "release": "3",
    "rpmlist": [{"name": "bash", "version": "5", "release": "1", "epoch": None, "size": 1}],
    "files": ["minidist-Disk.x86_64-1.0.0-3.qcow2"],
}


def test_both_ways_over_the_wire() -> None:
    sent = koji.xmlrpcplus.dumps((OURS.to_wire(),), methodresponse=True, allow_none=True)

    ((arrived,), _) = koji.xmlrpcplus.loads(sent)

    assert ArchResult.from_wire(arrived) == OURS


def test_the_keys_pungi_and_the_import_read() -> None:
    wire = OURS.to_wire()

    assert {key: wire[key] for key in KOJIS} == {
        "arch": "x86_64",
        "task_id": 42,
        "logs": ["20-prepare.log"],
        "name": "minidist-Disk",
        "version": "1.0.0",
        "release": "3",
        "rpmlist": list(OURS.rpmlist),
        "files": ["a.qcow2", "a.json"],
    }
    assert wire["plugin"] == {"name": "koji-imagebuild", "version": PLUGIN.split()[1]}


def test_a_result_of_kojis_own_plugin() -> None:
    result = ArchResult.from_wire(KOJIS)

    assert result.files == ("minidist-Disk.x86_64-1.0.0-3.qcow2",)
    assert (result.plugin, result.host, result.sums, result.steps) == (None, "", (), ())
    assert result.rpmlist[0]["name"] == "bash"
    assert "plugin" not in result.to_wire()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arch": None}, "result.arch is missing"),
        ({"files": "x"}, "result.files: expected a list, got string"),
        ({"files": [1]}, r"result.files\[0\]: expected a string, got int"),
        ({"rpmlist": ["bash"]}, r"result.rpmlist\[0\]: expected a struct, got string"),
        ({"sums": [["a", "1"]]}, r"result.sums\[0\]: expected a list of 3"),
        ({"sums": [["a", "x", DIGEST]]}, r"result.sums\[0\]: 'x' is not a size"),
        ({"steps": ["root"]}, r"result.steps\[0\]: expected a list of 2"),
        ({"plugin": {"name": "x"}}, r"result.plugin.version is missing"),
    ],
)
def test_what_is_broken_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        ArchResult.from_wire({**KOJIS, **change})


def test_no_struct() -> None:
    with pytest.raises(RequestError, match="result of task 42: expected a struct, got string"):
        ArchResult.from_wire("image build results in: nowhere", "result of task 42")
