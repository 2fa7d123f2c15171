"""Waiting for what another process does: a bounded number of tries, and a sentence when it did not happen."""

import time


def until(condition, what, seconds=10.0, every=0.02):
    """Returns the first true value of `condition()`; fails with `what` when there was none in time."""
    for _ in range(int(seconds / every)):
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain: {what}")
