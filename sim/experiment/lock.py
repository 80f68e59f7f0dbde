"""One process at a time in a results folder.

Responsible for a lock that the operating system gives back when its holder ends, however it
ends, so that a killed run blocks nothing. Where a file system knows no locks there is none.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.experiment.resuming import StudyError
from sim.experiment.store import storing

LOCK = ".lock"
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_FAR = 2**30  # on Windows a locked byte cannot be read: lock one beyond the text


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a results folder; refuse one that another process holds."""
    path = folder / LOCK
    number = _opened(path)
    try:
        os.ftruncate(number, 0)
        os.lseek(number, 0, os.SEEK_SET)
        os.write(number, str(os.getpid()).encode())
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file: it stays, and blocks nothing
            path.unlink()
        os.close(number)


def _opened(path: Path) -> int:
    while True:
        with storing(path):
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(number, path)
            if os.path.samestat(os.fstat(number), path.stat()):
                return number
        except FileNotFoundError:
            pass  # its holder ended between the two calls and took the file along
        except BaseException:
            os.close(number)
            raise
        os.close(number)


def _take(number: int, path: Path) -> None:
    try:
        _lock(number)
    except OSError as error:
        if error.errno in _HELD:
            holder = path.read_text(encoding="utf-8").strip() or "another"
            message = f"{path.parent}: in use by process {holder}; wait until it has ended"
            raise StudyError(message) from None


def _lock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(number, _FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
