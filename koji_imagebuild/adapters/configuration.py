"""The configuration files of the hub plugin and of the builder plugin.

Koji's own convention: ``/etc/koji-hub/plugins`` and ``/etc/kojid/plugins``, one section. Every key
has a default; an unknown key is an error that names it.
"""

from __future__ import annotations

import configparser
import math
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from koji_imagebuild.errors import Misconfigured

SECTION = "image_build_local"

#: Names another file, for a hub and a builder that run beside those of the system.
HUB_VARIABLE = "IMAGE_BUILD_LOCAL_HUB_CONF"
BUILDER_VARIABLE = "IMAGE_BUILD_LOCAL_BUILDER_CONF"

_HUB_FILE = "/etc/koji-hub/plugins/image_build_local.conf"
_BUILDER_FILE = "/etc/kojid/plugins/image_build_local.conf"


@dataclass(frozen=True)
class HubConfiguration:
    """What an administrator of the hub can choose.

    :param kiwi_build: offer ``kiwiBuild``, the call of Koji's own kiwi plugin
    :param image_builder_build: offer ``imageBuilderBuild``, the call of koji-image-builder
    :param allow_unknown_rpms: let users import images with RPMs that Koji does not know
    """

    permission: str = "image"
    channel: str = "image"
    kiwi_build: bool = True
    image_builder_build: bool = True
    allow_unknown_rpms: bool = False


@dataclass(frozen=True)
class BuilderConfiguration:
    """What an administrator of a builder can choose.

    :param kiwi_build: run ``kiwiBuild`` tasks
    :param image_builder_build: run ``imageBuilderBuild`` tasks
    :param arch_timeout: seconds that one arch may take in its build root
    :param infra_retries: how often an arch is tried again when the builder was at fault
    :param arch_weight: Koji's task weight of an arch
    :param network: ``root`` or ``builder``: where a manifest's files are downloaded that Koji does
        not have, and OSTree commits
    :param container_registries_conf: instead of the system's, for mirrors and the like
    :param container_auth_file: credentials for registries, as ``skopeo login`` writes them
    :param fetch_timeout: seconds that fetching one container image may take
    :param container_max_size: MiB that one may have
    :param registrations: folder with those that requests can name, NAME.json
    """

    kiwi_build: bool = True
    image_builder_build: bool = True
    arch_timeout: int = 6 * 3600
    infra_retries: int = 2
    arch_weight: float = 4.0
    network: str = "root"
    container_registries_conf: str = ""
    container_auth_file: str = ""
    fetch_timeout: int = 3600
    container_max_size: int = 20480
    registrations: str = "/etc/kojid/image-build-registrations"


_Configuration = TypeVar("_Configuration", HubConfiguration, BuilderConfiguration)


def hub() -> HubConfiguration:
    """:raises Misconfigured: naming file and key"""
    return _read(Path(os.environ.get(HUB_VARIABLE, _HUB_FILE)), HubConfiguration)


def builder() -> BuilderConfiguration:
    """:raises Misconfigured: naming file and key"""
    path = Path(os.environ.get(BUILDER_VARIABLE, _BUILDER_FILE))
    configuration = _read(path, BuilderConfiguration)
    if configuration.network not in {"root", "builder"}:
        raise Misconfigured(
            f"{path}: network: expected root or builder, got {configuration.network!r}"
        )
    return configuration


def refuse_rivals(own_module: str, configuration: HubConfiguration | BuilderConfiguration) -> None:
    """Refuse to work beside a plugin with the same call: of two, the one loaded last wins silently.

    :param own_module: ``__name__`` of the plugin; Koji gives all plugins one prefix
    :raises Misconfigured: naming the line to change
    """
    for plugin, call, key, offered in (
        ("kiwi", "kiwiBuild", "kiwi_build", configuration.kiwi_build),
        (
            "image_builder",
            "imageBuilderBuild",
            "image_builder_build",
            configuration.image_builder_build,
        ),
    ):
        rival = own_module.replace(SECTION, plugin)
        if offered and rival != own_module and rival in sys.modules:
            raise Misconfigured(
                f"The plugins {plugin} and {SECTION} are both enabled, and both offer {call}",
                repair=f"Take {plugin} out of the plugins line"
                " (hub.conf: Plugins, kojid.conf: plugins),"
                f" or set {key} = no in {SECTION}.conf",
            )


def _read(path: Path, kind: type[_Configuration]) -> _Configuration:
    parser = configparser.ConfigParser(interpolation=None, allow_no_value=True)
    try:
        # Not parser.read: it takes a file it may not open for one that is not there.
        with path.open(encoding="utf-8") as stream:
            parser.read_file(stream)
    except FileNotFoundError:
        return kind()
    except (configparser.Error, OSError, UnicodeError) as problem:
        raise Misconfigured(f"{path}: {problem}") from None
    foreign = [name for name in parser.sections() if name != SECTION]
    if foreign:
        raise Misconfigured(
            f"{path}: unknown section [{foreign[0]}]", repair=f"All keys belong into [{SECTION}]"
        )
    if not parser.has_section(SECTION):
        return kind()
    known = {field.name: field.default for field in fields(kind)}
    unknown = sorted(set(parser[SECTION]) - set(known))
    if unknown:
        raise Misconfigured(
            f"{path}: unknown key {', '.join(unknown)}", repair=f"Known are {', '.join(known)}"
        )
    return kind(
        **{
            key: _value(f"{path}: {key}", text or "", known[key])
            for key, text in parser[SECTION].items()
        }
    )


def _value(where: str, text: str, default: Any) -> Any:
    """A value of the type that its default has.

    :raises Misconfigured: naming what is expected
    """
    if isinstance(default, bool):
        if text.lower() not in configparser.ConfigParser.BOOLEAN_STATES:
            raise Misconfigured(f"{where}: expected yes or no, got {text!r}")
        return configparser.ConfigParser.BOOLEAN_STATES[text.lower()]
    if isinstance(default, str):
        if default and not text:
            raise Misconfigured(f"{where}: expected a name, got nothing")
        return text
    try:
        number = type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise Misconfigured(f"{where}: expected {kind}, got {text!r}") from None
    if number < 0 or not math.isfinite(number):
        raise Misconfigured(f"{where}: expected 0 or more, got {text!r}")
    return number
