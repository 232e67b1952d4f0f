"""Every key a blueprint can have, and what its value is.

Source: the Go structs of github.com/osbuild/blueprint, pkg/blueprint, commit a79d26e, and
``bootloader`` of its version 1.32, as image-builder's commit e061982b names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Struct:
    """A struct with these keys and no others; each value is a kind again."""

    keys: Mapping[str, object]


@dataclass(frozen=True)
class ListOf:
    """A list of one kind."""

    kind: object


TEXT: Final = (str,)
FLAG: Final = (bool,)
NUMBER: Final = (int,)
#: Sizes are a number of bytes, or a number with a unit.
SIZE: Final = (int, str)
TEXTS: Final = ListOf(TEXT)

_PACKAGE: Final = Struct({"name": TEXT, "version": TEXT})
_UNIT_LISTS: Final = Struct({"enabled": TEXTS, "disabled": TEXTS, "masked": TEXTS})
_OWNED: Final = {"path": TEXT, "user": SIZE, "group": SIZE, "mode": TEXT}

_USER: Final = Struct(
    {
        "name": TEXT,
        "description": TEXT,
        "password": TEXT,
        "key": TEXT,
        "home": TEXT,
        "shell": TEXT,
        "groups": TEXTS,
        "uid": NUMBER,
        "gid": NUMBER,
        "expiredate": NUMBER,
        "force_password_reset": FLAG,
    }
)
_REPOSITORY: Final = Struct(
    {
        "id": TEXT,
        "baseurls": TEXTS,
        "gpgkeys": TEXTS,
        "metalink": TEXT,
        "mirrorlist": TEXT,
        "name": TEXT,
        "priority": NUMBER,
        "enabled": FLAG,
        "gpgcheck": FLAG,
        "repo_gpgcheck": FLAG,
        "sslverify": FLAG,
        "module_hotfixes": FLAG,
        "filename": TEXT,
        "install_from": FLAG,
    }
)
_FILESYSTEM: Final = {"mountpoint": TEXT, "label": TEXT, "fs_type": TEXT}
#: Which of these a partition may have depends on its type; image-builder itself tells.
_PARTITION: Final = Struct(
    {
        **_FILESYSTEM,
        "type": TEXT,
        "minsize": SIZE,
        "part_type": TEXT,
        "part_label": TEXT,
        "part_uuid": TEXT,
        "name": TEXT,
        "logical_volumes": ListOf(Struct({**_FILESYSTEM, "name": TEXT, "minsize": SIZE})),
        "subvolumes": ListOf(Struct({"name": TEXT, "mountpoint": TEXT})),
    }
)
_DISK: Final = Struct(
    {
        "type": TEXT,
        "minsize": SIZE,
        "partitions": ListOf(_PARTITION),
        "start_offset": SIZE,
        "sector_size": NUMBER,
    }
)
_FLATPAK: Final = Struct(
    {"registry": Struct({"remote_name": TEXT, "url": TEXT}), "references": TEXTS}
)
_INSTALLER: Final = Struct(
    {
        "unattended": FLAG,
        "sudo-nopasswd": TEXTS,
        "kickstart": Struct({"contents": TEXT}),
        "modules": Struct({"enable": TEXTS, "disable": TEXTS}),
        "bootloader": Struct({"grub2": Struct({"menu-timeout": NUMBER})}),
        "payload": Struct({"flatpaks": Struct({"force": ListOf(_FLATPAK)})}),
    }
)
_FIRSTBOOT_SCRIPT: Final = Struct(
    {
        "type": TEXT,
        "name": TEXT,
        "ignore_failure": FLAG,
        "after": TEXTS,
        "before": TEXTS,
        "contents": TEXT,
        "cacerts": TEXTS,
        "command": TEXT,
        "job_template_url": TEXT,
        "host_config_key": TEXT,
    }
)
_FDO: Final = Struct(
    dict.fromkeys(
        (
            "manufacturing_server_url",
            "diun_pub_key_insecure",
            "diun_pub_key_hash",
            "diun_pub_key_root_certs",
            "di_mfg_string_type_mac_iface",
        ),
        TEXT,
    )
)
_OPENSCAP: Final = Struct(
    {
        "datastream": TEXT,
        "profile_id": TEXT,
        "tailoring": Struct({"selected": TEXTS, "unselected": TEXTS}),
        "json_tailoring": Struct({"profile_id": TEXT, "filepath": TEXT}),
        "policy_id": TEXT,
    }
)
_ENABLED: Final = Struct({"enabled": FLAG})
_RHSM: Final = Struct(
    {
        "config": Struct(
            {
                "dnf_plugins": Struct({"product_id": _ENABLED, "subscription_manager": _ENABLED}),
                "subscription_manager": Struct(
                    {
                        "rhsm": Struct({"manage_repos": FLAG, "auto_enable_yum_plugins": FLAG}),
                        "rhsmcertd": Struct({"auto_registration": FLAG}),
                    }
                ),
            }
        )
    }
)
_SSHD: Final = Struct(
    {
        "password_authentication": FLAG,
        "client_alive_interval": NUMBER,
        "permit_root_login": TEXT,
        "kbd_interactive_authentication": FLAG,
    }
)
_GRUB2: Final = Struct({"terminal_input": TEXTS, "terminal_output": TEXTS, "serial": TEXT})
_CUSTOMIZATIONS: Final = Struct(
    {
        "bootloader": Struct({"grub2": _GRUB2}),
        "hostname": TEXT,
        "kernel": Struct({"name": TEXT, "append": TEXT}),
        "sshkey": ListOf(Struct({"user": TEXT, "key": TEXT})),
        "user": ListOf(_USER),
        "group": ListOf(Struct({"name": TEXT, "gid": NUMBER})),
        "timezone": Struct({"timezone": TEXT, "ntpservers": TEXTS}),
        "locale": Struct({"languages": TEXTS, "keyboard": TEXT}),
        "firewall": Struct(
            {
                "ports": TEXTS,
                "services": Struct({"enabled": TEXTS, "disabled": TEXTS}),
                "zones": ListOf(Struct({"name": TEXT, "sources": TEXTS})),
            }
        ),
        "services": _UNIT_LISTS,
        "filesystem": ListOf(Struct({"mountpoint": TEXT, "minsize": SIZE})),
        "disk": _DISK,
        "installation_device": TEXT,
        "partitioning_mode": TEXT,
        "fdo": _FDO,
        "openscap": _OPENSCAP,
        "ignition": Struct(
            {
                "embedded": Struct({"config": TEXT}),
                "firstboot": Struct({"url": TEXT, "empty": FLAG}),
            }
        ),
        "directories": ListOf(Struct({**_OWNED, "ensure_parents": FLAG})),
        "files": ListOf(Struct({**_OWNED, "data": TEXT, "uri": TEXT})),
        "repositories": ListOf(_REPOSITORY),
        "fips": FLAG,
        "installer": _INSTALLER,
        "rpm": Struct({"import_keys": Struct({"files": TEXTS})}),
        "rhsm": _RHSM,
        "cacerts": Struct({"pem_certs": TEXTS}),
        "containers-storage": Struct({"destination-path": TEXT}),
        "firstboot": Struct({"scripts": ListOf(_FIRSTBOOT_SCRIPT)}),
        "dnf": Struct({"config": Struct({"set_releasever": FLAG})}),
        "iso": Struct({"application_id": TEXT, "publisher": TEXT, "volume_id": TEXT}),
        "sshd": _SSHD,
    }
)
_CONTAINER: Final = Struct(
    {"source": TEXT, "name": TEXT, "tls-verify": FLAG, "local-storage": FLAG}
)

BLUEPRINT: Final = Struct(
    {
        "name": TEXT,
        "description": TEXT,
        "version": TEXT,
        "packages": ListOf(_PACKAGE),
        "modules": ListOf(_PACKAGE),
        "enabled_modules": ListOf(Struct({"name": TEXT, "stream": TEXT})),
        "groups": ListOf(Struct({"name": TEXT})),
        "containers": ListOf(_CONTAINER),
        "customizations": _CUSTOMIZATIONS,
        "distro": TEXT,
        "architecture": TEXT,
    }
)
