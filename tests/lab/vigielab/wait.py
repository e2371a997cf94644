"""Waiting for things, generously: the machine may be busy, and being slow is not what the tests are about."""
import os
import time

# Multiplies every time-out; for sanitizer builds and very slow machines.
PATIENCE = float(os.environ.get("VIGIE_LAB_PATIENCE", "1"))


def until(condition, timeout, what):
    """The first true value of condition(), or an AssertionError that says what was waited for (text or callable)."""
    end = time.monotonic() + timeout * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout * PATIENCE:g} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def holds_for(condition, seconds, what):
    """Fails at the first moment within `seconds` in which condition() is false."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            raise AssertionError(f"did not last {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(0.02)
