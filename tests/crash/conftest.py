import pytest

from harness import waiting
from harness.server import CRASH_POINT_EXIT, Server

CRASH_TIMEOUT_S = 45


class MortalServer(Server):
    """A server the load can outlive: `up` says whether it may be called, `generation` counts starts."""

    def __init__(self, **more):
        super().__init__(**more)
        self.up = False
        self.generation = 0

    def start(self, env=None, **more):
        super().start(env, **more)
        self.generation += 1
        self.up = True
        return self

    def start_to_die(self, env):
        """Starts where the armed point may come before the server takes requests: recovery is quick."""
        try:
            self.start(env)
        except AssertionError:
            assert self.process.poll() == CRASH_POINT_EXIT, self.log()[-1500:]

    def kill(self):
        self.up = False
        return super().kill()

    def wait_crash(self):
        """Waits until an armed crash point ends the process."""
        waiting.until(lambda: self.process.poll() is not None, CRASH_TIMEOUT_S, "the armed crash point")
        self.up = False
        status = self.wait_exit()
        assert status == CRASH_POINT_EXIT, f"exit status {status}: {self.log()[-1500:]}"


@pytest.fixture
def mortal():
    server = MortalServer()
    try:
        yield server.start().wait_ready()
    finally:
        server.close()
