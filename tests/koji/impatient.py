"""A plugin of the private Koji's kojid: it does not wait as long as builders of distributions."""

from __future__ import annotations

import os

import koji.tasks

#: Seconds between two looks for a repository; a minute otherwise, and no configuration has it.
koji.tasks.WaitrepoTask.PAUSE = 1

# kojid takes no task above a load of four a processor (koji/daemon.py, readyForTask). What the
# machine is busy with is other work, or the tests' own.
os.getloadavg = lambda: (0.0, 0.0, 0.0)
