"""SQL that plans large: each statement gets a verdict by name, the server keeps its memory and its life."""
import re
import threading

import pytest

from harness import waiting
from harness.server import CRASH_POINT_EXIT
from system.hostile_plans import STATEMENTS

MEMORY_MB_MAX = 512
PATIENCE_S = 5
CANCEL_S = 15  # the worker's deadline of 5 s and a busy machine
LONG = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
SLOW = "windows of windows"  # seconds of planning, in the server


def peak_memory_mb(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"^VmHWM:\s+(\d+)", status.read(), re.M).group(1)) // 1024


def verdict(client, sql):
    """(HTTP status or job state, text) of the statement's end; what runs too long is cancelled, which must end it."""
    answer = client.call("POST", "/jobs/submit-job", {"sql": sql})
    if answer.status != 200:
        return answer.status, answer.json["error_code"] + " " + answer.json["error_msg"]
    job = answer.json["job_id"]
    try:
        document = client.wait(job, PATIENCE_S)
    except AssertionError:
        client.call("DELETE", f"/jobs/{job}")
        document = client.wait(job, CANCEL_S)
        assert document["status"] in ("FINISHED", "FAILED", "CANCELLED")
    return document["status"], document.get("message", "")


@pytest.mark.parametrize("what", STATEMENTS)
def test_a_statement_that_plans_large_gets_a_verdict_by_name(server, client, what):
    state, text = verdict(client, STATEMENTS[what])
    assert state in ("FINISHED", "FAILED", "CANCELLED", 400), text
    assert "INTERNAL" not in text and "DLI.0999" not in text, text
    if state in ("FAILED", 400):
        assert re.search(r"DLI\.000[4579]", text), text
        assert len(text) < 40_000
    assert server.process.poll() is None
    assert peak_memory_mb(server) < MEMORY_MB_MAX
    assert client.call("POST", "/jobs/check-sql", {"sql": STATEMENTS[what]}).status in (200, 400)
    assert client.rows("SELECT 1 AS one") == [[1]]


def test_all_of_them_at_once_keep_the_server_small_and_the_others_quick(fresh):
    server = fresh().start().wait_ready()
    names, failures = list(STATEMENTS), []

    def press(start):
        client = server.client()
        for name in names[start::6]:
            answer = client.call("POST", "/jobs/submit-job", {"sql": STATEMENTS[name]})
            if answer.status not in (200, 400, 429):
                failures.append((name, answer.status, answer.body[:200]))
            if answer.status == 200:
                client.call("DELETE", f"/jobs/{answer.json['job_id']}")
        client.close()
    threads = [threading.Thread(target=press, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    client = server.client(timeout_s=20)
    while any(thread.is_alive() for thread in threads):
        assert client.call("POST", "/jobs/check-sql", {"sql": "SELECT 1"}).status == 200
    for thread in threads:
        thread.join()
    assert failures == []
    assert server.process.poll() is None
    assert peak_memory_mb(server) < MEMORY_MB_MAX


def test_large_statements_that_wait_have_a_limit_together(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    blockers = [client.submit(LONG) for _ in range(4)]  # as many as run side by side
    sql, refused = "SELECT '" + "x" * 490_000 + "'", None
    for _ in range(300):
        answer = client.call("POST", "/jobs/submit-job", {"sql": sql})
        if answer.status != 200:
            refused = answer
            break
    assert refused is not None and refused.code == "DLI.0009", refused
    assert peak_memory_mb(server) < MEMORY_MB_MAX
    for job in blockers:
        client.call("DELETE", f"/jobs/{job}")


def test_a_cancellation_ends_a_planning(client):
    job = client.submit(STATEMENTS[SLOW])
    assert client.call("DELETE", f"/jobs/{job}").status == 200
    assert client.wait(job, 3)["status"] == "CANCELLED"


def test_the_time_limit_ends_a_planning(client):
    job = client.call("POST", "/jobs/submit-job", {"sql": STATEMENTS[SLOW],
                                                   "conf": ["dli.sql.job.timeout = 1"]}).json["job_id"]
    document = client.wait(job, 5)
    assert document["status"] == "CANCELLED" and "DLI.0019" in document["message"], document


def planned(server, job):
    """Whether the job is being planned now, as the server's marks say."""
    return f" {job}" in "".join(line for line in (server.data / "planning.marks").read_text().splitlines(True)
                                if line.startswith("P"))


def test_a_statement_that_two_servers_did_not_survive_fails_and_its_neighbours_do_not(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    poison = client.submit(STATEMENTS[SLOW])
    waiting.until(lambda: planned(server, poison), 20, "the planning")
    neighbours = [client.submit(f"SELECT {i} AS i") for i in range(5)]
    server.restart()
    waiting.until(lambda: planned(server, poison), 20, "the planning")
    server.restart()
    server.wait_ready()
    client = server.client()
    document = client.wait(poison)
    assert document["status"] == "FAILED" and "[PLANNING_ENDED_SERVER]" in document["message"], document
    for job in neighbours:
        assert client.wait(job)["status"] == "FINISHED"


def test_a_statement_whose_planning_met_one_crash_is_planned_once_more(fresh):
    server = fresh().start().wait_ready()
    server.kill()
    server.start({"SLUICE_CRASH_POINTS": "planning"})
    try:
        job = server.client().submit("SELECT 7 AS seven")
    except (OSError, AssertionError):
        job = None  # it ended before it answered
    assert server.wait_exit() == CRASH_POINT_EXIT
    server.start().wait_ready()
    client = server.client()
    if job is not None:
        assert client.wait(job)["status"] == "FINISHED"
    assert client.rows("SELECT 7 AS seven") == [[7]]
    assert "P" not in (server.data / "planning.marks").read_text()
