"""Ports that no other test process takes at the same time.

The gateway listens with SO_REUSEPORT: two gateways that picked the same free port would both start and share its
connections. So each test process locks a range of its own, below the range the kernel picks from.
"""

import fcntl
import os
import pathlib
import socket
import tempfile

FIRST, SIZE, RANGES = 20000, 200, 60


def _lock_range():
    folder = pathlib.Path(tempfile.gettempdir()) / f"ravelin-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for index in range(RANGES):
        lock = open(folder / str(index), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock, FIRST + index * SIZE
        except BlockingIOError:
            lock.close()
    raise RuntimeError(f"all {RANGES} ranges of test ports are in use")


_lock, _next = None, 0


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_port():
    """A port of this process's range that nothing listens on; each is given out once."""
    global _lock, _next
    if _lock is None:
        _lock, _next = _lock_range()
    end = _next - (_next - FIRST) % SIZE + SIZE
    while _next < end:
        _next += 1
        if _is_free(_next - 1):
            return _next - 1
        if _next == end:
            break
    raise RuntimeError("this test process has used up its range of ports")
