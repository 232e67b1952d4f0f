"""mock's configuration of a build root, as kojid writes it (builder/kojid:283)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.sandbox.builder.buildroot import BuildRoot

_FROM_OPTIONS = (
    "mockdir", "topdir", "topurl", "topurls", "packager", "vendor", "distribution", "mockhost",
    "yum_proxy", "rpmbuild_timeout",
)  # fmt: skip
_FROM_TAG = (
    ("mock.package_manager", "package_manager"),
    ("mock.yum.module_hotfixes", "module_hotfixes"),
    ("mock.yum.best", "yum_best"),
    ("mock.module_setup_commands", "module_setup_commands"),
    ("mock.releasever", "releasever"),
    ("mock.use_bootstrap", "use_bootstrap"),
)


_TASK = "# Koji task id: "


def task_id(written: str) -> int:
    """Read which task a configuration was written for; 0 while it is being written."""
    first, newline, _ = written.partition("\n")
    number = first[len(_TASK) :] if newline and first.startswith(_TASK) else ""
    return int(number) if number.isdigit() else 0


def text(broot: BuildRoot) -> str:
    """Write the configuration."""
    extra = broot.config["extra"]
    options: dict[str, Any] = {name: getattr(broot.options, name) for name in _FROM_OPTIONS}
    options.update({name: extra[key] for key, name in _FROM_TAG if key in extra})
    if broot.internal_dev_setup is not None:
        options["internal_dev_setup"] = broot.internal_dev_setup
    written: str = koji.genMockConfig(
        broot.name,
        broot.br_arch,
        managed=True,
        repoid=broot.repoid,
        tag_name=broot.tag_name,
        buildroot_id=broot.id,
        use_host_resolv=broot.setup_dns,
        install_group=broot.install_group,
        bind_opts=broot.bind_opts,
        target_arch=broot.target_arch,
        tag_macros=_prefixed(extra, "rpm.macro.", "%"),
        tag_envvars=_prefixed(extra, "rpm.env.", ""),
        **options,
    )
    return f"{_TASK}{broot.task_id}\n{written}"


def environment(extra: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables that a tag sets in its build roots."""
    return _prefixed(extra, "rpm.env.", "")


def _prefixed(extra: Mapping[str, Any], prefix: str, instead: str) -> dict[str, str]:
    return {
        instead + key[len(prefix) :]: str(value)
        for key, value in extra.items()
        if key.startswith(prefix)
    }
