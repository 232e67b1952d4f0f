"""What a blueprint of version 1.32 may hold; the names are those of the Go structs in errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Struct:
    """:param fields: type of each: str, bool, int, a list of one type, a Struct, or object: any"""

    name: str
    fields: Mapping[str, Any]


def _strings(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, str)


_PACKAGE = Struct("Package", _strings("name", "version"))
_USER = Struct(
    "UserCustomization",
    {
        **_strings("name", "description", "password", "key", "home", "shell"),
        "groups": [str],
        "uid": int,
        "gid": int,
        "expiredate": int,
        "force_password_reset": bool,
    },
)
_SERVICES = {"enabled": [str], "disabled": [str]}
_FIREWALL = Struct(
    "FirewallCustomization",
    {
        "ports": [str],
        "services": Struct("FirewallServicesCustomization", _SERVICES),
        "zones": [Struct("FirewallZoneCustomization", {"name": str, "sources": [str]})],
    },
)
_FILE = {**_strings("path", "mode"), "user": object, "group": object}
_REPOSITORY = Struct(
    "RepositoryCustomization",
    {
        **_strings("id", "metalink", "mirrorlist", "name", "filename"),
        "baseurls": [str],
        "gpgkeys": [str],
        "priority": int,
        **dict.fromkeys(
            (
                *("enabled", "gpgcheck", "repo_gpgcheck", "sslverify", "module_hotfixes"),
                "install_from",
            ),
            bool,
        ),
    },
)
_FDO = Struct(
    "FDOCustomization",
    _strings(
        *("manufacturing_server_url", "diun_pub_key_insecure", "diun_pub_key_hash"),
        *("diun_pub_key_root_certs", "di_mfg_string_type_mac_iface"),
    ),
)
_OPENSCAP = Struct(
    "OpenSCAPCustomization",
    {
        **_strings("datastream", "profile_id", "policy_id"),
        "tailoring": Struct(
            "OpenSCAPTailoringCustomizations", {"selected": [str], "unselected": [str]}
        ),
        "json_tailoring": Struct(
            "OpenSCAPJSONTailoringCustomizations", _strings("profile_id", "filepath")
        ),
    },
)
_IGNITION = Struct(
    "IgnitionCustomization",
    {
        "embedded": Struct("EmbeddedIgnitionCustomization", _strings("config")),
        "firstboot": Struct("FirstBootIgnitionCustomization", {"url": str, "empty": bool}),
    },
)
_INSTALLER = Struct(
    "InstallerCustomization",
    {
        "unattended": bool,
        "sudo-nopasswd": [str],
        "kickstart": Struct("Kickstart", {"contents": str}),
        "modules": Struct("AnacondaModules", {"enable": [str], "disable": [str]}),
        "bootloader": object,
        "payload": object,
    },
)
_GRUB2 = Struct(
    "Grub2Customization", {"terminal_input": [str], "terminal_output": [str], "serial": str}
)
_CUSTOMIZATIONS = Struct(
    "Customizations",
    {
        "hostname": str,
        "kernel": Struct("KernelCustomization", _strings("name", "append")),
        "sshkey": [Struct("SSHKeyCustomization", _strings("user", "key"))],
        "user": [_USER],
        "group": [Struct("GroupCustomization", {"name": str, "gid": int})],
        "timezone": Struct("TimezoneCustomization", {"timezone": str, "ntpservers": [str]}),
        "locale": Struct("LocaleCustomization", {"languages": [str], "keyboard": str}),
        "firewall": _FIREWALL,
        "services": Struct("ServicesCustomization", {**_SERVICES, "masked": [str]}),
        "filesystem": [Struct("FilesystemCustomization", {"mountpoint": str, "minsize": object})],
        "disk": object,
        "installation_device": str,
        "partitioning_mode": str,
        "fdo": _FDO,
        "openscap": _OPENSCAP,
        "ignition": _IGNITION,
        "directories": [Struct("DirectoryCustomization", {**_FILE, "ensure_parents": bool})],
        "files": [Struct("FileCustomization", {**_FILE, **_strings("data", "uri")})],
        "repositories": [_REPOSITORY],
        "fips": bool,
        "installer": _INSTALLER,
        "rpm": Struct(
            "RPMCustomization", {"import_keys": Struct("RPMImportKeys", {"files": [str]})}
        ),
        "dnf": Struct(
            "DNFCustomization",
            {"config": Struct("DNFConfigCustomization", {"set_releasever": bool})},
        ),
        **dict.fromkeys(("rhsm", "firstboot", "sshd"), object),
        "bootloader": Struct("BootloaderCustomization", {"grub2": _GRUB2}),
        "cacerts": Struct("CACustomization", {"pem_certs": [str]}),
        "containers-storage": Struct("ContainerStorage", _strings("destination-path")),
        "iso": Struct("ISOCustomization", _strings("application_id", "publisher", "volume_id")),
    },
)
BLUEPRINT = Struct(
    "Blueprint",
    {
        **_strings("name", "description", "version", "distro", "architecture"),
        "packages": [_PACKAGE],
        "modules": [_PACKAGE],
        "enabled_modules": [Struct("EnabledModule", _strings("name", "stream"))],
        "groups": [Struct("Group", _strings("name"))],
        "containers": [
            Struct(
                "Container",
                {**_strings("source", "name"), "tls-verify": bool, "local-storage": bool},
            )
        ],
        "customizations": _CUSTOMIZATIONS,
    },
)
