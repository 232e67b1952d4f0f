"""Run the sandbox's builder: ``python -m koji_imagebuild.sandbox.builder --state DIR``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from koji_imagebuild.adapters.configuration import BUILDER_VARIABLE
from koji_imagebuild.sandbox.builder import loop

# Builder plugins import it from here, because in kojid it is in the main program.
from koji_imagebuild.sandbox.builder.buildroot import BuildRoot
from koji_imagebuild.sandbox.builder.options import Options
from koji_imagebuild.sandbox.installation import plugin_folder
from koji_imagebuild.sandbox.root.namespace import MS_NODEV, MS_NOEXEC, MS_NOSUID, contain, mount
from koji_imagebuild.sandbox.state import State

__all__ = ["BuildRoot"]


def main() -> int:
    parser = argparse.ArgumentParser(prog=__package__)
    parser.add_argument("--state", type=Path, required=True, help="the sandbox's folder")
    parser.add_argument("--plugins", type=Path, help="folder of builder plugins")
    parser.add_argument("--contained", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    state = State(arguments.state.resolve())
    os.environ[BUILDER_VARIABLE] = str(state.builder_plugin_conf)
    options = Options.of(state)
    plugins = arguments.plugins or plugin_folder("builder_plugin")
    _log_to_stderr()

    def work() -> int:
        code = loop.run(options, plugins.resolve(), _say_ready)
        if code == loop.RESTART:
            again = (sys.executable, "-m", str(__package__), *sys.argv[1:], "--contained")
            os.execv(sys.executable, again)  # noqa: S606  # as kojid restarts itself
        return code

    if arguments.contained:
        return work()
    try:
        # Tasks, their tools and their mounts die with the builder, however it dies.
        return contain(_mount_proc, work)
    except PermissionError:
        sys.stderr.write("error: no namespaces can be made here; a container must be privileged\n")
        return 1


def _mount_proc() -> None:
    """Koji's TaskManager looks for children of a task in /proc."""
    mount("proc", Path("/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(process)d %(name)s %(levelname)s %(message)s")
    logging.getLogger("koji").setLevel(logging.INFO)
    # It tells of every open task in every round of the main loop.
    logging.getLogger("koji.TaskManager").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
