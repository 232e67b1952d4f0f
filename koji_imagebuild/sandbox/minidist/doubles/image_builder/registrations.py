"""What ``--registrations`` makes of an image: a file with the key, and a unit that registers.

As pkg/manifest/subscription.go of version 79, but for the packages that the unit calls, which
minidist does not have, and for what makes insights-client run at every boot of an OSTree system.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .blueprint import json_problems
from .blueprint_schema import Struct
from .flags import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEY_FILE = "/etc/osbuild-subscription-register.env"
_TEXTS = (
    *("organization", "activation_key", "server_url", "base_url", "proxy"),
    *("template_name", "template_uuid", "patch_url"),
)
_OPTIONS = {**dict.fromkeys(_TEXTS, str), "insights": bool, "rhc": bool, "content_sets": [str]}
_FILE = Struct("", {"redhat": Struct("", {"subscription": Struct("ImageOptions", _OPTIONS)})})


def load(name: str) -> Mapping[str, Any] | None:
    """The subscription of a file; None where there is no file, or none in it.

    :raises UsageError: with Go's words
    """
    if not name:
        return None
    try:
        found = json.loads(Path(name).read_text())
    except OSError as error:
        why = f"open {name}: {(error.strerror or '').lower()}"
        raise UsageError(f"cannot open registrations file: {why}") from None
    except ValueError as error:
        raise UsageError(f"cannot parse registrations file: {error}") from None
    for why in json_problems(found, _FILE, _FILE.name, ()):
        raise UsageError(f"cannot parse registrations file: {why}")
    subscription: Mapping[str, Any] | None = found.get("redhat", {}).get("subscription")
    return subscription


def key_file(subscription: Mapping[str, Any]) -> str:
    """The file whose content is secret."""
    given = (subscription.get(key, "") for key in ("organization", "activation_key"))
    return "ORG_ID={}\nACTIVATION_KEY={}".format(*given)


def unit(subscription: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the stage that writes the unit."""
    return {
        "filename": "osbuild-subscription-register.service",
        "unit-type": "system",
        "unit-path": "usr",
        "config": {
            "Unit": {
                "Description": "First-boot service for registering with Red Hat subscription"
                " manager and/or insights",
                "ConditionPathExists": [KEY_FILE],
                "Wants": ["network-online.target"],
                "After": ["selinux-autorelabel.service", "network-online.target"],
            },
            "Service": {
                "Type": "oneshot",
                "ExecStart": [*_commands(subscription), f"/usr/bin/rm {_quoted(KEY_FILE)}"],
                "EnvironmentFile": [KEY_FILE],
            },
            "Install": {"WantedBy": ["default.target"]},
        },
    }


def _commands(given: Mapping[str, Any]) -> Iterator[str]:
    configure = "/usr/sbin/subscription-manager config --server."
    if given.get("server_url"):
        yield f"{configure}hostname {_quoted(given['server_url'])}"
    if proxy := given.get("proxy"):
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        yield f"{configure}proxy_scheme {_quoted(parts.scheme)}"
        yield f"{configure}proxy_hostname {_quoted(parts.hostname or '')}"
        if parts.port:
            yield f"{configure}proxy_port {_quoted(str(parts.port))}"
    yield from _register(given)
    if sets := given.get("content_sets"):
        chosen = " ".join(f"--enable={_quoted(each)}" for each in sets)
        yield f"/usr/sbin/subscription-manager repos {chosen}"


def _register(given: Mapping[str, Any]) -> Iterator[str]:
    template = given.get("template_uuid")
    if given.get("rhc"):
        name = given.get("template_name")
        named = f" --content-template={_quoted(name)}" if name and not template else ""
        words = '--organization="${ORG_ID}" --activation-key="${ACTIVATION_KEY}"'
        yield f"/usr/bin/rhc connect {words}{named}"
    else:
        words = '--org="${ORG_ID}" --activationkey="${ACTIVATION_KEY}" --baseurl'
        base = _quoted(given.get("base_url", ""))
        yield f"/usr/sbin/subscription-manager register {words} {base}"
        if not given.get("insights"):
            return
        yield "/usr/bin/insights-client --register"
    if template:
        systems = f"{given.get('patch_url', '').removesuffix('/')}/templates/{template}"
        proxy = f" --proxy {_quoted(given['proxy'])}" if given.get("proxy") else ""
        yield (
            "curl -v --retry 5 --cert /etc/pki/consumer/cert.pem --key /etc/pki/consumer/key.pem"
            f" -X PATCH {_quoted(f'{systems}/subscribed-systems')}{proxy}"
        )
        yield "/usr/sbin/subscription-manager refresh"


def _quoted(text: str) -> str:
    """pkg/shutil/quote.go: in single quotes, always."""
    return "'" + text.replace("'", "'\"'\"'") + "'"
