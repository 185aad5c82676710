"""kill -9 at moments nobody chose, of the server and of its workers."""
import os
import random
import signal

import pytest

from crash.load import Load
from harness import waiting

KILLS = 5
WORKER_KILLS = 25
WORKER_DEATH_S = 2  # design: workers die within this time of their server


def exists(pid):
    """Whether the process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("seed", range(3))
def test_kills_of_the_server_lose_and_repeat_nothing(mortal, seed):
    dice = random.Random(seed)
    load = Load(mortal, seed).prepare().start()
    for _ in range(KILLS):
        waiting.pause(dice.uniform(0.1, 1.2))
        mortal.kill()
        mortal.start()
    waiting.pause(0.5)
    load.stop()
    load.check()


@pytest.mark.parametrize("seed", range(2))
def test_kills_of_workers_cost_at_most_their_own_attempt(mortal, seed):
    dice = random.Random(seed)
    load = Load(mortal, seed).prepare().start()
    killed = 0
    while killed < WORKER_KILLS:
        waiting.pause(dice.uniform(0.02, 0.2))
        for pid in mortal.workers()[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    load.stop()
    load.check()
    assert mortal.process.poll() is None


def test_workers_die_with_their_server(mortal):
    client = mortal.client()
    client.run("SELECT 1 AS one")
    workers = waiting.until(mortal.workers, what="a worker")
    mortal.kill()
    waiting.until(lambda: not any(map(exists, workers)), WORKER_DEATH_S, "the end of the workers")


def test_a_job_whose_workers_die_every_time_fails_with_a_reason(mortal):
    client = mortal.client()
    job_id = client.submit("SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b")

    def kill_workers():
        for pid in mortal.workers():
            os.kill(pid, signal.SIGKILL)
        return client.status(job_id)["status"] == "FAILED"
    client.wait_for(job_id, "RUNNING")
    waiting.until(kill_workers, 60, "the failure")
    document = client.status(job_id)
    assert "DLI.0999" in document["message"], document
    assert client.run("SELECT 1 AS one")["status"] == "FINISHED"
