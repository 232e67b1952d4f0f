"""The configuration files of a private Koji."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.installation import plugin_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.sandbox.state import State

PLUGIN = "image_build_local"
IMPATIENT = Path(__file__).with_name("impatient.py")


@dataclass(frozen=True)
class Builder:
    """A kojid.

    :param host: its name on the hub
    :param folder: its own; build roots and tasks have folders in it
    """

    host: str
    folder: Path

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def roots(self) -> Path:
        return self.folder / "roots"


def hub(state: State, database: Path, changes: Mapping[str, str]) -> str:
    return _text(
        "hub",
        {
            "DBName": "koji",
            "DBUser": "koji",
            "DBHost": database,
            "KojiDir": state.topdir,
            "KojiWebURL": state.endpoints().weburl,
            # It resolves the machine's name (kojihub/auth.py:348).
            "CheckClientIP": "False",
            "LoginCreatesUser": "False",
            "KojiTraceback": "normal",
            "LogLevel": "INFO",
            "PluginPath": plugin_folder("hub_plugin"),
            "Plugins": PLUGIN,
            # Seconds between two runs of the scheduler; a minute by default.
            "RunInterval": "1",
            **changes,
        },
    )


def kojid(state: State, builder: Builder, mail_port: int, changes: Mapping[str, str]) -> str:
    return _text(
        "kojid",
        {
            **_client(state, builder.host),
            "topurl": state.endpoints().topurl,
            "workdir": builder.work,
            "mockdir": builder.roots,
            # kojid would change to another user and could not be root again for mock.
            "mockuser": "root",
            "sleeptime": "1",
            # A parent that waits counts too, and there is no other builder for its children.
            "maxjobs": "100",
            # MiB; the default is made for builders of whole distributions.
            "minspace": "64",
            # Seconds. A root that is removed before it was written to the disk is removed sooner;
            # kojid does nothing else meanwhile.
            "failed_buildroot_lifetime": "30",
            "buildroot_basic_cleanup_delay": "30",
            "buildroot_final_cleanup_delay": "30",
            "allowed_scms": "127.0.0.1*:/*:no:",
            "pluginpath": f"{plugin_folder('builder_plugin')}:{IMPATIENT.parent}",
            "plugins": f"{PLUGIN} {IMPATIENT.stem}",
            "smtphost": f"127.0.0.1:{mail_port}",
            **changes,
        },
    )


def kojira(state: State, changes: Mapping[str, str]) -> str:
    return _text(
        "kojira",
        {
            **_client(state, "kojira"),
            "logfile": state.logs / "kojira.log",
            "sleeptime": "1",
            **changes,
        },
    )


def _client(state: State, user: str) -> Mapping[str, object]:
    return {
        "server": state.endpoints().server,
        "topdir": state.topdir,
        "cert": state.certs / f"{user}.pem",
        "serverca": state.certs / "ca.pem",
        # The hub is on this machine: when it comes back, work goes on at once.
        "retry_interval": "1",
        "max_retries": "300",
        "offline_retry_interval": "1",
    }


def _text(section: str, keys: Mapping[str, object]) -> str:
    return "\n".join((f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()), ""))
