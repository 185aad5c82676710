"""What a write leaves when it comes to nothing is gone soon after, whatever ended it: no age is waited for."""
import concurrent.futures
import os
import signal

import pytest

from harness import warehouse, waiting
from harness.client import FINAL
from harness.server import CRASH_POINT_EXIT, Server

OFF = "[maintenance]\ncompaction = false\n"
WRITES = {"insert": "INSERT INTO t {}", "overwrite": "INSERT OVERWRITE TABLE t {}", "ctas": "CREATE TABLE made AS {}"}
LONG = "SELECT id AS v FROM range(6000000)"
FAILING = "SELECT id + coalesce(assert_true(id < 5000000), 0) AS v FROM range(6000000)"
POINTS = ("claimed", "started", "reported", "synced", "manifested", "staged:1", "committed", "finished")
CREATE_POINTS = (*POINTS, "staged:2")  # a new table's folder comes before its metadata
UNDECIDED = ("reported", "synced", "manifested", "staged:1", "staged:2")
FIRST = [[0]]


@pytest.fixture
def server():
    made = Server(config=OFF)
    try:
        client = made.start().wait_ready().client()
        client.run("CREATE TABLE t AS SELECT CAST(0 AS BIGINT) AS v")
        yield made
    finally:
        made.close()


def first_file(server, job_id):
    return waiting.until(lambda: next((server.data / "warehouse").glob(f"*/*/data/{job_id}-*/*"), None),
                         what="the first file")


def check_unchanged(server, client, **more):
    warehouse.check(server, **more)
    assert client.rows("SELECT v FROM t") == FIRST
    assert [row for row in client.rows("SHOW TABLES") if "made" in row] == []


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_that_fails_or_is_cancelled_leaves_nothing(server, kind):
    client = server.client()
    failed = client.wait(client.submit(WRITES[kind].format(FAILING)))
    assert failed["status"] == "FAILED" and "USER_RAISED" in failed["message"], failed
    check_unchanged(server, client)
    job_id = client.submit(WRITES[kind].format(LONG))
    first_file(server, job_id)
    assert client.cancel(job_id).status == 200
    assert client.wait(job_id)["status"] == "CANCELLED"
    check_unchanged(server, client)


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_whose_workers_are_killed_leaves_what_its_last_attempt_wrote(server, kind):
    client = server.client()
    job_id = client.submit(WRITES[kind].format(LONG))
    attempt = first_file(server, job_id).parent
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    assert client.wait(job_id)["status"] == "FINISHED"
    waiting.until(lambda: not attempt.exists(), what="the removal of what the first attempt wrote")
    warehouse.check(server)
    table = "made" if kind == "ctas" else "t"
    assert client.rows(f"SELECT count(*) AS c FROM {table}") == [[6_000_000 + (kind == "insert")]]


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_whose_workers_are_killed_every_time_leaves_nothing(server, kind):
    client = server.client()
    job_id = client.submit(WRITES[kind].format(LONG))

    def kill_workers():
        if next((server.data / "warehouse").glob(f"*/*/data/{job_id}-*/*"), None):
            for pid in server.workers():
                os.kill(pid, signal.SIGKILL)
        return client.status(job_id)["status"] in FINAL
    waiting.until(kill_workers, 60, "the end of the job")
    if client.status(job_id)["status"] == "FAILED":  # else its end was quicker than the last kill
        check_unchanged(server, client)
    warehouse.check(server)


def die_at(server, point, submit=None):
    """Lets the server die at the point, at the latest by what is submitted."""
    server.kill()
    server.spawn({"SLUICE_CRASH_POINTS": point})
    if submit:
        waiting.until(lambda: "listening on" in server.stdout(), what="the listener")
        server.endpoint = server.stdout().split("listening on ")[1].split()[0]
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            thread.submit(server.client().submit, submit)  # whose answer may be lost
            status = server.wait_exit()
    else:
        status = server.wait_exit()
    assert status == CRASH_POINT_EXIT, server.log()[-1500:]


@pytest.mark.parametrize("kind", WRITES)
def test_a_server_that_dies_at_any_step_of_a_write_leaves_nothing_to_the_next(server, kind):
    for point in CREATE_POINTS if kind == "ctas" else POINTS:
        die_at(server, point, WRITES[kind].format("SELECT id + 1 AS v FROM range(1000)"))
        if point in UNDECIDED:  # what is there is removed; that may be cut short as well
            server.spawn({"SLUICE_CRASH_POINTS": "left_overs_removed"})
            assert server.wait_exit() == CRASH_POINT_EXIT, (point, server.log()[-1500:])
        client = server.start().wait_ready().client()
        newest = client.list()["jobs"][0]
        assert client.wait(newest["job_id"])["status"] == "FINISHED", (point, newest)
        warehouse.check(server, metadata=False)
        table = "made" if kind == "ctas" else "t"
        count = f"SELECT count(*) AS c FROM {table}"
        assert client.rows(count) == [[1000 + (kind == "insert")]], point
        client.run("DROP TABLE made" if kind == "ctas" else "INSERT OVERWRITE TABLE t SELECT CAST(0 AS BIGINT) AS v")
