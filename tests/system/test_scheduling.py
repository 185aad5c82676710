"""Who waits for whom: long jobs, writers of one table and a full queue do not hold up what could run."""
import pytest

from harness import waiting

LONG = "SELECT sum(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
CONCURRENCY = 2
QUEUED = 300  # more than the planner looks at in one go
PROMPTLY_S = 15


@pytest.fixture
def narrow(fresh):
    """A client of a server with two slots."""
    return fresh(config=f"[queue]\nconcurrency = {CONCURRENCY}\n").start().wait_ready().client()


def occupy(client):
    jobs = [client.submit(LONG) for _ in range(CONCURRENCY)]
    for job_id in jobs:
        client.wait_for(job_id, "RUNNING")
    return jobs


def test_catalog_statements_pass_a_full_queue(narrow):
    occupy(narrow)
    queued = [narrow.submit(f"SELECT {number} AS n") for number in range(QUEUED)]
    assert narrow.wait(narrow.submit("SHOW TABLES"), PROMPTLY_S)["status"] == "FINISHED"
    assert narrow.wait(narrow.submit("CREATE TABLE made (v INT)"), PROMPTLY_S)["status"] == "FINISHED"
    assert {narrow.status(job_id)["status"] for job_id in queued} == {"LAUNCHING"}


def test_overwrites_that_wait_for_their_table_hold_no_slot(narrow):
    narrow.run("CREATE TABLE t (v BIGINT)")
    narrow.run("CREATE TABLE other (v BIGINT)")
    long_id = narrow.submit(f"INSERT INTO t {LONG}")
    narrow.wait_for(long_id, "RUNNING")
    writers = [narrow.submit(f"INSERT OVERWRITE t VALUES ({number})") for number in range(QUEUED)]
    assert narrow.wait(narrow.submit("SELECT 1 AS one"), PROMPTLY_S)["status"] == "FINISHED"
    assert narrow.wait(narrow.submit("INSERT INTO other VALUES (1)"), PROMPTLY_S)["status"] == "FINISHED"
    assert {narrow.status(job_id)["status"] for job_id in writers} == {"LAUNCHING"}
    assert narrow.cancel(writers[0]).status == 200
    assert narrow.wait(writers[0], PROMPTLY_S)["status"] == "CANCELLED"
    assert narrow.cancel(long_id).status == 200
    for job_id in writers[1:]:
        assert narrow.wait(job_id)["status"] == "FINISHED"
    assert narrow.rows("SELECT v FROM t") == [[QUEUED - 1]], "the last one, in the order they came"


def test_appends_to_a_table_that_is_being_appended_to_wait_for_nobody(narrow):
    narrow.run("CREATE TABLE shared (v BIGINT)")
    long_id = narrow.submit(f"INSERT INTO shared {LONG}")
    narrow.wait_for(long_id, "RUNNING")
    for number in range(3):
        job_id = narrow.submit(f"INSERT INTO shared VALUES ({number})")
        assert narrow.wait(job_id, PROMPTLY_S)["status"] == "FINISHED"
    assert narrow.cancel(long_id).status == 200
    assert narrow.wait(long_id, PROMPTLY_S)["status"] == "CANCELLED"
    assert narrow.rows("SELECT v FROM shared ORDER BY v") == [[0], [1], [2]]


def test_a_worker_that_stands_still_costs_its_own_job_only(fresh):
    import os
    import signal
    server = fresh().start().wait_ready()
    client = server.client()
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    for pid in server.workers():
        os.kill(pid, signal.SIGSTOP)
    neighbour = client.submit("SELECT 2 AS two")
    assert client.wait(neighbour, 30)["status"] == "FINISHED"
    waiting.until(lambda: client.status(job_id)["status"] == "RUNNING", PROMPTLY_S, "the retry")
    assert client.cancel(job_id).status == 200
    assert client.wait(job_id, PROMPTLY_S)["status"] == "CANCELLED"
