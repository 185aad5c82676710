"""What a user meets besides the good path: big results, limits, cancels, progress, waiting."""
import os
import pathlib
import re
import signal
import time

import pytest
from concurrent.futures import ThreadPoolExecutor
from harness import waiting

MILLION = 1_000_000
LONG = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
DEADLINE_S = 10
FIELDS = ["is_success", "message", "job_id", "job_type", "job_mode", "queue_name", "owner", "start_time", "duration",
          "status", "input_size", "result_count", "database_name", "table_name", "detail", "statement"]


def test_the_status_document_has_the_fields_of_the_page_in_their_order(client):
    client.run("CREATE TABLE tbtest (id INT, name STRING)")
    client.run("INSERT INTO tbtest VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')")
    document = client.run("select * from tbtest")
    assert [name for name in document if name in FIELDS] == FIELDS
    assert document["result_count"] == 4 and document["table_name"] == "tbtest" and document["message"] == ""
    assert document["input_size"] > 0


def test_a_result_of_a_million_rows_is_counted_whole_and_previewed_in_part(client):
    document = client.run(f"SELECT id, CAST(id AS STRING) AS text FROM range({MILLION})")
    assert document["result_count"] == MILLION
    preview = client.preview(document["job_id"])
    assert preview["row_count"] == MILLION and len(preview["rows"]) == 1000


def test_a_query_that_wants_all_memory_costs_its_own_job_only(server, client):
    beside = client.submit("SELECT 1 AS one")
    job_id = client.submit("SELECT collect_list(concat(repeat('x', 1000), CAST(id AS STRING))) AS l "
                           "FROM range(30000000)")
    assert client.wait(beside)["status"] == "FINISHED"
    assert client.wait(job_id, 120)["status"] in ("FAILED", "FINISHED")
    assert server.process.poll() is None
    assert client.run("SELECT 1 AS one")["status"] == "FINISHED"


def test_jobs_run_beside_a_long_one_and_it_ends_on_cancel(client):
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    assert client.rows("SELECT 1 AS one") == [[1]]
    began = time.monotonic()
    assert client.cancel(job_id).status == 200
    document = client.wait(job_id)
    assert document["status"] == "CANCELLED" and time.monotonic() - began < DEADLINE_S
    assert client.cancel(job_id).code == "DLI.0007"
    assert client.call("GET", f"/jobs/{job_id}/preview").status == 400


def test_a_worker_that_does_not_answer_is_killed_at_the_deadline(server, client):
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    busy = max(server.workers(), key=cpu_ticks)
    os.kill(busy, signal.SIGSTOP)
    assert client.cancel(job_id).status == 200
    assert client.wait(job_id, 3 * DEADLINE_S)["status"] == "CANCELLED"
    waiting.until(lambda: busy not in server.workers(), what="the end of the stopped worker")


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_waiting_on_status_holds_no_thread(server, client):
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")

    def threads():
        text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"^Threads:\s+(\d+)", text, re.M).group(1))
    before = threads()
    with ThreadPoolExecutor(64) as pool:
        polls = [pool.submit(lambda: server.client().status(job_id, wait_s=20)) for _ in range(64)]
        waiting.pause(1)
        assert threads() <= before + 2
        assert client.run("SELECT 1 AS one")["status"] == "FINISHED"
        client.cancel(job_id)
        assert {poll.result()["status"] for poll in polls} == {"CANCELLED"}


@pytest.fixture(scope="module")
def big(server):
    client = server.client()
    client.run("CREATE TABLE big (a BIGINT, s STRING)")
    client.run("INSERT INTO big SELECT id, CAST(id AS STRING) FROM range(1000000)")
    client.run("CREATE TABLE big_copy (a BIGINT, n INT)")
    return "big"


@pytest.mark.parametrize("sql", [
    "SELECT max(length(reverse(repeat(s, 300)))) AS m FROM {}",
    "CREATE TABLE big_made AS SELECT a, length(reverse(repeat(s, 300))) AS n FROM {}",
    "INSERT INTO big_copy SELECT a, length(reverse(repeat(s, 300))) AS n FROM {}",
], ids=["query", "ctas", "insert"])
def test_progress_rises_and_is_seen_between_its_ends(client, big, sql):
    job_id = client.submit(sql.format(big))
    path = f"/v1/{client.credentials.project_id}/jobs/{job_id}/progress"
    seen = [0]

    def done():
        seen.append(client.ok("GET", path)["progress"])
        return seen[-1] == 1
    waiting.until(done, 60, "progress 1")
    assert seen == sorted(seen) and 0 <= seen[0] and seen[-1] == 1
    assert len({fraction for fraction in seen if 0 < fraction < 1}) >= 3, seen


@pytest.mark.parametrize("sql, reads", [
    ("SELECT max(a) AS m FROM {}", True), ("SELECT a FROM {} WHERE a < 0", False),
    ("INSERT INTO big_copy SELECT a, 1 FROM {} LIMIT 3", True)], ids=["query", "pruned", "insert"])
def test_the_input_size_is_that_of_the_files_read(client, big, sql, reads):
    table = client.ok("GET", "/databases/default/tables?with-detail=true&keyword=big")["tables"][0]
    assert client.run(sql.format(big))["input_size"] == (table["table_size"] if reads else 0)


def test_a_bad_token_of_the_job_id_is_refused(client):
    for job_id in ("x", "00000000-0000-7000-8000-000000000000", "%2e%2e", "a" * 500, "%00", "\u00e9".encode().hex()):
        assert client.call("GET", f"/jobs/{job_id}/status").status in (400, 404)


def test_an_unknown_queue_or_database_is_refused_at_submit(client):
    for wrong in ({"queue_name": "no_such_queue"}, {"currentdb": "no_such"}):
        answer = client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one", **wrong})
        assert answer.status == 400 and answer.code == "DLI.0002", answer


def test_the_same_idempotency_key_is_one_job(client):
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: type(client)(client.credentials).submit(
            "SELECT 1 AS one", headers={"Idempotency-Key": "k-1"}), range(16)))
    assert len(ids) == 1
    client.wait(ids.pop())  # what comes next counts finished jobs


def test_a_burst_of_jobs_all_end_and_the_counters_agree(client):
    before = client.list(**{"job-status": "FINISHED"})["job_count"]
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda n: type(client)(client.credentials).submit(f"SELECT {n} AS n"), range(100)))
    assert {client.wait(job_id)["status"] for job_id in jobs} == {"FINISHED"}
    assert client.list(**{"job-status": "FINISHED"})["job_count"] == before + 100


def test_an_overwrite_leaves_as_many_rows_as_it_wrote(client):
    client.run("CREATE TABLE o (v INT)")
    for number in range(10):
        client.run(f"INSERT OVERWRITE TABLE o SELECT CAST(id AS INT) FROM range({100 + number})")
    assert client.rows("SELECT count(*) AS n, max(v) AS m FROM o") == [[109, 108]]
