"""kojid's options, as far as Koji's library, its tasks and builder plugins read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.state import State


@dataclass
class Options:
    """kojid's names and, where nothing speaks against it, its defaults (builder/kojid:6796).

    Times are in seconds, spaces in MB.
    """

    server: str
    topurl: str
    topurls: list[str]
    topdir: str
    workdir: str
    mockdir: str
    cert: str
    serverca: str
    # Ours: what build roots share, and where notifications are written instead of mailed.
    root_cache: str
    mailbox: str
    # Koji splits each entry at colons: HOST:REPOSITORY:USE_COMMON:SOURCE_COMMAND. The host is
    # matched together with its port.
    allowed_scms: str = "127.0.0.1*:/*:no:"
    allowed_scms_use_config: bool = True
    allowed_scms_use_policy: bool = False
    allow_password_in_scm_url: bool = False
    scm_credentials_dir: str | None = None
    chroot_tmpdir: str = "/chroot_tmpdir"
    mockuser: str = "root"
    mock_bootstrap_image: bool = False
    packager: str = "Koji"
    vendor: str = "Koji"
    distribution: str = "Koji"
    mockhost: str = "koji-linux-gnu"
    yum_proxy: str | None = None
    rpmbuild_timeout: int = 24 * 3600
    # Parents that wait for their arches count too (koji/daemon.py, readyForTask): with kojid's 10,
    # ten parents on the only builder would wait for ever. What runs is limited by its weight.
    maxjobs: int = 500
    minspace: int = 1024
    # A parent with a child needs four rounds of the main loop.
    sleeptime: float = 0.25
    log_timestamps: bool = False
    build_arch_can_fail: bool = False
    support_rpm_source_layout: bool = True
    # Build roots of failed tasks stay for a look into them.
    failed_buildroot_lifetime: int = 4 * 3600
    buildroot_basic_cleanup_delay: int = 0
    buildroot_final_cleanup_delay: int = 0
    use_fast_upload: bool = True
    # The hub is on this machine: when it comes back, work goes on at once.
    retry_interval: int = 1
    max_retries: int = 300
    offline_retry: bool = True
    offline_retry_interval: int = 1
    timeout: int | None = None
    no_ssl_verify: bool = False
    krb_principal: str | None = None
    debug_xmlrpc: bool = False

    @classmethod
    def of(cls, state: State) -> Options:
        """:raises FileNotFoundError: when the sandbox was never started."""
        endpoints = state.endpoints()
        return cls(
            server=endpoints.server,
            topurl=endpoints.topurl,
            topurls=[endpoints.topurl],
            topdir=str(state.topdir),
            workdir=str(state.builder_work),
            mockdir=str(state.builder_roots),
            cert=str(state.certs / "builder.pem"),
            serverca=str(state.certs / "ca.pem"),
            root_cache=str(state.builder_cache),
            mailbox=str(state.mailbox),
        )
