"""Linux namespaces, as far as Python 3.9 lacks them: a process and its mounts that end together."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

CAP_NET_ADMIN = 12

#: Exit status of a process that could not do what it was forked for.
FAILED = 70

_MNT_DETACH = 2
_UMOUNT_NOFOLLOW = 8
_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: Path, fstype: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system."""
    result = _libc.mount(
        source.encode(), os.fsencode(target), fstype.encode(), ctypes.c_ulong(flags),
        options.encode(),
    )  # fmt: skip
    _check(result, str(target))


def unmount(target: Path) -> None:
    """Unmount, even what is in use: it goes when its last user does. No symlink is followed."""
    _check(_libc.umount2(os.fsencode(target), _MNT_DETACH | _UMOUNT_NOFOLLOW), str(target))


def bind(source: Path, target: Path, *, recursive: bool = False, restrict: int = 0) -> None:
    """Show ``source`` at ``target``; the kernel takes ``restrict`` only in a second call."""
    flags = MS_BIND | (MS_REC if recursive else 0)
    mount(str(source), target, "", flags)
    if restrict:
        mount("", target, "", flags | MS_REMOUNT | restrict)


def die_with_parent() -> None:
    """Be killed by the kernel when the parent ends, however it ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "prctl")


def drop_capability(number: int) -> None:
    """Give a capability up for this process and whatever it executes."""
    _check(_libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0), "prctl")


def fork(body: Callable[[], int]) -> int:
    """Run ``body`` in a forked process that dies with this one and exits with its result.

    :returns: the process id
    """
    pid = os.fork()
    if pid == 0:
        _leaf(body, die_with_parent)
    return pid


def in_child(body: Callable[[], int]) -> int:
    """Run ``body`` as :func:`fork` does, wait for it, return its exit status."""
    return exit_code(os.waitpid(fork(body), 0)[1])


def contain(setup: Callable[[], None], body: Callable[[], int], flags: int = 0) -> int:
    """Run ``body`` in a mount and PID namespace of its own, and everything it starts with it.

    The namespace's first process runs ``setup`` (mounts), forwards signals, reaps orphans and ends
    with ``body``; then the kernel kills what is left and drops the mounts. If this process is
    killed, so is the namespace. Call it from a process that does nothing afterwards: it stays in
    the new mount namespace and cannot fork again.

    :returns: the exit status of ``body``; 256-N when signal N ended it, as mock reports it
    """
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWPID | flags), "unshare")
    _private_mounts()
    return _supervised(lambda: _first_process(setup, body))


def _first_process(setup: Callable[[], None], body: Callable[[], int]) -> int:
    setup()
    return _supervised(body)


def _supervised(body: Callable[[], int]) -> int:
    """Fork ``body``, forward signals to it, reap whatever ends until it ends itself."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    pid = os.fork()
    if pid == 0:
        _leaf(body, lambda: _as_started(blocked))
    for number in _FORWARDED:
        signal.signal(number, lambda got, _frame: _kill(pid, got))
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    while True:
        ended, status = os.wait()
        if ended == pid:
            return exit_code(status)


def _as_started(mask: set[int | signal.Signals]) -> None:
    die_with_parent()
    # A shell that puts us into the background leaves SIGINT ignored, and Koji cancels by SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def exit_code(status: int) -> int:
    """Turn a wait status into an exit status; a signal N becomes 256-N, as mock reports it."""
    return 256 - os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _leaf(body: Callable[[], int], before: Callable[[], None]) -> NoReturn:
    """Run ``body`` in a process that was just forked; nothing returns or escapes from here."""
    code = FAILED
    try:
        before()
        code = body()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else FAILED
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001  # the process ends here, the traceback is all it can say
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _private_mounts() -> None:
    """Keep mounts made from here on to ourselves, and the host's to the host."""
    try:
        mount("", Path("/"), "", MS_REC | MS_PRIVATE)
    except OSError as problem:
        # In a plain chroot / is no mount point; there mounts cannot be made private from inside.
        if problem.errno != errno.EINVAL:
            raise


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
