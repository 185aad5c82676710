"""The only place of the tests that sleeps: polling for a condition, with a deadline."""
import time

PAUSE_S = 0.01
PAUSE_S_MAX = 0.25


def until(condition, timeout_s=30, what="the condition"):
    """Returns the first true value of condition(); fails when it does not come in time."""
    deadline = time.monotonic() + timeout_s
    pause = PAUSE_S
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come within {timeout_s} s"
        time.sleep(pause)
        pause = min(pause * 1.5, PAUSE_S_MAX)


def holds_for(condition, seconds, what="the condition"):
    """Fails as soon as condition() is false within the time. For things that must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"{what} ended too early"
        time.sleep(PAUSE_S_MAX / 5)


def pause(seconds):
    """Lets load run for a while; what follows must not depend on how far it came."""
    time.sleep(seconds)
