"""SIGTERM: no new work, a grace for what runs, the rest stays queued, exit 0."""
import random
import signal
import socket
import threading

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


SYNCHRONOUS = {"sql": f"CREATE TABLE made AS {LONG}", "conf": ["dli.sql.sqlasync.enabled=false"]}


@pytest.fixture
def with_synchronous_job(fresh):
    """A server of that grace with a synchronous job running, and the list that gets its caller's answer."""
    threads = []

    def make(grace_ms):
        server = fresh(config=GRACE.format(grace_ms)).start().wait_ready()
        answers = []

        def call():
            try:
                answers.append(server.client().call("POST", "/jobs/submit-job", SYNCHRONOUS))
            except LOST as error:
                answers.append(error)
        threads.append(threading.Thread(target=call))
        threads[-1].start()
        client = server.client()
        waiting.until(lambda: client.list(**{"job-status": "RUNNING"})["job_count"] == 1, what="the running job")
        return server, answers
    yield make
    for thread in threads:
        thread.join()


def test_a_synchronous_call_does_not_hold_up_the_stop_and_learns_its_job(with_synchronous_job):
    server, answers = with_synchronous_job(500)
    server.terminate()
    assert server.wait_exit(10) == 0
    waiting.until(lambda: answers, what="the caller's answer")
    assert answers[0].status == 408 and "id: " in answers[0].json["error_msg"], answers
    server.start().wait_ready()
    client = server.client()
    job_id = answers[0].json["error_msg"].split("id: ")[1].split()[0]
    assert client.cancel(job_id).status == 200
    assert client.wait(job_id)["status"] == "CANCELLED"


def test_a_second_signal_cuts_a_synchronous_call_short(with_synchronous_job):
    server, _ = with_synchronous_job(60_000)
    server.terminate()
    waiting.pause(0.3)
    server.terminate()
    assert server.wait_exit(5) == 0


def test_requests_that_never_come_whole_do_not_hold_up_the_stop(fresh):
    server = fresh(config=GRACE.format(60_000)).start().wait_ready()
    host, port = server.client().host.split(":")
    half = socket.create_connection((host, int(port)))
    half.sendall(b"POST /v1.0/p/jobs/submit-job HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    waiting.until(lambda: "sluice_http_connections{listener=\"public\"} 2" in
                  server.client().plain("/metrics").body.decode(), what="the half request")
    server.terminate()
    assert server.wait_exit(10) == 0
    half.close()


@pytest.mark.parametrize("seed", range(4))
def test_a_stop_under_load_is_an_orderly_end(fresh, seed):
    dice = random.Random(seed)
    server = fresh(config=GRACE.format(300)).start().wait_ready()
    server.client().run("CREATE TABLE t (v BIGINT)")
    stopping = threading.Event()

    def load(number):
        client = server.client(timeout_s=10)
        while not stopping.is_set():
            try:
                job_id = client.submit(f"INSERT INTO t VALUES ({number})")
                client.cancel(job_id)
            except (*LOST, AssertionError):
                return
    threads = [threading.Thread(target=load, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    waiting.pause(dice.uniform(0.3, 1.0))
    server.terminate()
    status = server.wait_exit(20)
    stopping.set()
    for thread in threads:
        thread.join()
    assert status == 0, server.log()[-2000:]
