"""The command line's plugin file, loaded by the real ``koji``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
KOJI = Path(sys.executable).with_name("koji")

pytestmark = pytest.mark.skipif(not KOJI.exists(), reason="no koji beside this Python")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A hub nobody listens at: what works with it works without one."""
    path = tmp_path / "koji.conf"
    path.write_text(
        "[test]\nserver = http://127.0.0.1:1/kojihub\nweburl = http://127.0.0.1:1/koji\n"
        f"authtype = noauth\nmax_retries = 0\nplugin_paths = {TOP / 'cli_plugin'}\n"
    )
    return path


def koji(profile: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TOP), "HOME": str(profile.parent)}
    return subprocess.run(
        [KOJI, "-c", profile, "-p", "test", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_listed_among_the_build_commands(profile: Path) -> None:
    shown = koji(profile, "help", "build").stdout
    assert "image-build-local         Build an operating-system image on Koji's own" in shown
    assert "image-rebuild-local       Build an image again: what failed of it, or" in shown


def test_help_needs_no_hub(profile: Path) -> None:
    ended = koji(profile, "image-build-local", "kiwi", "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--kiwi-profile PROFILE" in ended.stdout


def test_wrong_arguments_need_no_hub(profile: Path) -> None:
    ended = koji(profile, "image-build-local", "kiwi", "minidist")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: the following arguments are required: SOURCE")


def test_a_hub_that_is_away_is_said_in_a_sentence(profile: Path) -> None:
    url = "git+https://example.org/d#main"
    ended = koji(profile, "image-build-local", "kiwi", "minidist", url, "a.kiwi")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "Unable to connect to server" in ended.stderr


def test_loading_it_imports_nothing_of_ours() -> None:
    code = (
        "import sys, koji.plugin, koji_cli.lib;"
        "before = set(sys.modules);"
        "koji.plugin.PluginTracker().load('image_build_local', path=sys.argv[1]);"
        "print(*sorted(set(sys.modules) - before))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, TOP / "cli_plugin"],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.split() == ["_koji_plugin__image_build_local"]
