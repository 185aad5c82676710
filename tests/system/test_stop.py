"""SIGTERM: no new work, a grace for what runs, the rest stays queued, exit 0."""
import signal

import pytest

from harness import waiting
from harness.client import LOST

LONG = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
GRACE = "[server]\nshutdown_grace_ms = {}\n"


def test_an_idle_server_stops_at_once_with_status_0(fresh):
    server = fresh().start().wait_ready()
    server.terminate()
    assert server.wait_exit(10) == 0


def test_interrupt_stops_as_terminate_does(fresh):
    server = fresh().start().wait_ready()
    server.process.send_signal(signal.SIGINT)
    assert server.wait_exit(10) == 0


def test_what_runs_past_the_grace_is_taken_up_by_the_next_start(fresh):
    server = fresh(config=GRACE.format(1000)).start().wait_ready()
    client = server.client()
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    server.terminate()
    assert server.wait_exit(20) == 0
    server.start().wait_ready()
    client = server.client()
    assert client.wait_for(job_id, "RUNNING")["job_id"] == job_id
    assert client.cancel(job_id).status == 200
    assert client.wait(job_id)["status"] == "CANCELLED"


def test_jobs_still_queued_run_after_the_next_start(fresh):
    server = fresh(config=GRACE.format(1000)).start().wait_ready()
    client = server.client()
    jobs = [client.submit(LONG) for _ in range(3)]
    queued = [client.submit("SELECT 7 AS seven") for _ in range(5)]
    server.terminate()
    assert server.wait_exit(20) == 0
    server.start().wait_ready()
    client = server.client()
    for job_id in jobs:
        client.cancel(job_id)
    for job_id in queued:
        assert client.wait(job_id)["status"] == "FINISHED"


def test_a_stopping_server_takes_no_new_connection(fresh):
    server = fresh(config=GRACE.format(30_000)).start().wait_ready()
    client = server.client()
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    server.terminate()

    def refused():
        try:
            server.client(timeout_s=2).plain("/healthz")
            return False
        except LOST:
            return True
    waiting.until(refused, 10, "the closed listener")
    server.terminate()  # the second one is immediate
    server.wait_exit(10)


def test_a_second_signal_is_immediate(fresh):
    server = fresh(config=GRACE.format(60_000)).start().wait_ready()
    client = server.client()
    client.wait_for(client.submit(LONG), "RUNNING")
    server.terminate()
    waiting.pause(0.3)
    server.terminate()
    server.wait_exit(5)


@pytest.mark.parametrize("kill", [False, True])
def test_a_start_after_any_end_finds_every_job(fresh, kill):
    server = fresh().start().wait_ready()
    client = server.client()
    jobs = [client.submit(f"SELECT {number} AS n") for number in range(10)]
    if kill:
        server.kill()
    else:
        server.terminate()
        assert server.wait_exit() == 0
    server.start().wait_ready()
    client = server.client()
    assert [client.wait(job_id)["status"] for job_id in jobs] == ["FINISHED"] * 10
