"""The server process ends at each durable step, under load; afterwards the model must hold."""
import pytest

from crash.load import Load
from harness import waiting
from harness.server import CRASH_POINT_EXIT, Server

POINTS = ("accepted", "claimed", "planning", "started", "reported", "synced", "manifested", "staged",
          "committed", "published", "finished")


@pytest.mark.parametrize("passage", (1, 7))
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_a_durable_step_loses_and_repeats_nothing(mortal, point, passage):
    load = Load(mortal, seed=passage).prepare()
    mortal.kill()
    mortal.start({"SLUICE_CRASH_POINTS": f"{point}:{passage}"})
    load.start()
    mortal.wait_crash()
    mortal.start()
    waiting.pause(0.5)
    load.stop()
    load.check()


def test_a_crash_in_the_first_start_does_not_lose_the_key():
    server = Server()
    try:
        server.spawn({"SLUICE_CRASH_POINTS": "bootstrapped"})
        assert server.wait_exit() == CRASH_POINT_EXIT
        assert not (server.data / "credentials.toml").exists()
        server.start().wait_ready()
        assert server.credentials().secret_key in server.stdout()
        server.client().run("SELECT 1")
        server.kill()
        server.start().wait_ready()
        assert "secret_key" not in server.stdout()
    finally:
        server.close()


def test_a_crash_during_recovery_is_recovered_from(mortal):
    load = Load(mortal, seed=99).prepare()
    mortal.kill()
    mortal.start({"SLUICE_CRASH_POINTS": "committed:3"})
    load.start()
    mortal.wait_crash()
    for point in ("claimed", "started", "finished"):
        mortal.start_to_die({"SLUICE_CRASH_POINTS": point})
        mortal.wait_crash()
    mortal.start()
    load.stop()
    load.check()
