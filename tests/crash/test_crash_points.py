"""The server process ends at each durable step, under load; afterwards the model must hold."""
import pytest

from crash.load import Load
from harness import waiting

POINTS = ("accepted", "claimed", "started", "staged", "committed", "published", "finished")


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


def test_a_crash_during_recovery_is_recovered_from(mortal):
    load = Load(mortal, seed=99).prepare()
    mortal.kill()
    mortal.start({"SLUICE_CRASH_POINTS": "committed:3"})
    load.start()
    mortal.wait_crash()
    for point in ("claimed", "started", "finished"):
        mortal.start({"SLUICE_CRASH_POINTS": point})
        mortal.wait_crash()
    mortal.start()
    load.stop()
    load.check()
