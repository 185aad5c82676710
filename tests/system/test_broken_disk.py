"""A disk that is full, broken or read-only while the server runs, and one that is so at the start."""
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

from harness import waiting
from harness.client import LOST, Refused
from harness.server import ROOT

RESUME_S = 5
NOTICED_S = 5
SLOW_S_MAX = 30
PREVIEW_ROWS = 1000
FAULTS = ("ENOSPC", "EIO", "EROFS")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    built = tmp_path_factory.mktemp("faulty") / "faulty_disk.so"
    subprocess.run(["g++", "-O1", "-shared", "-fPIC", "-o", built, ROOT / "tests/system/faulty_disk.cc", "-ldl"],
                   check=True)
    return built


class Disk:
    """The switch of one server's disk."""

    def __init__(self, server):
        self.path = server.folder / "switch"
        self.path.write_text("")

    def breaks(self, fault):
        self.path.write_text(fault)

    def heals(self):
        self.path.write_text("")


@pytest.fixture
def fragile(fresh, library):
    """A server and its disk; the server is not started."""
    server = fresh()
    disk = Disk(server)
    server.env |= {"LD_PRELOAD": str(library), "FAULTY_DISK_SWITCH": str(disk.path),
                   "FAULTY_DISK_ROOT": str(server.data)}
    return server, disk


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_cannot_write_refuses_work_serves_reads_and_resumes(fragile, fault):
    server, disk = fragile
    client = server.start().wait_ready().client()
    done = client.run("SELECT 42 AS answer")
    disk.breaks(fault)
    answer = waiting.until(lambda: refusal(client), what="a refused submit")
    assert answer.status == 500 and answer.code == "DLI.0999" and "store" in answer.json["error_msg"], answer
    began = time.monotonic()
    assert client.status(done["job_id"])["status"] == "FINISHED"
    assert time.monotonic() - began < 1
    assert client.preview(done["job_id"])["rows"] == [[42]]
    assert client.list()["job_count"] >= 1
    assert client.plain("/healthz").status == 200
    waiting.until(lambda: client.plain("/readyz").status == 503, what="not ready")
    disk.heals()
    waiting.until(lambda: client.plain("/readyz").status == 200, RESUME_S, "the resumed service")
    assert client.rows("SELECT 43 AS answer") == [[43]]


def test_nothing_is_acknowledged_after_a_failed_sync(fragile):
    server, disk = fragile
    client = server.start().wait_ready().client()
    client.run("CREATE TABLE n (v BIGINT)")
    disk.breaks("FSYNC")
    for value in range(5):
        answer = client.call("POST", "/jobs/submit-job", {"sql": f"INSERT INTO n VALUES ({value})"})
        assert answer.status == 500 and answer.code == "DLI.0999", answer
    assert client.plain("/healthz").status == 200 and client.plain("/readyz").status == 503
    disk.heals()
    waiting.until(lambda: client.plain("/readyz").status == 200, RESUME_S, "the resumed service")
    client.run("INSERT INTO n VALUES (7)")
    server.restart()
    assert [7] in server.wait_ready().client().rows("SELECT v FROM n")


def test_a_disk_whose_syncs_take_seconds_delays_submits_and_nothing_else(fragile):
    server, disk = fragile
    client = server.start().wait_ready().client()
    done = client.run("SELECT 42 AS answer")
    disk.breaks("SLOW")
    answers = []

    def submit():
        answers.append(server.client().call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one"}))
    threads = [threading.Thread(target=submit) for _ in range(40)]
    for thread in threads:
        thread.start()
    seen = set()
    deadline = time.monotonic() + SLOW_S_MAX
    while any(thread.is_alive() for thread in threads):
        assert time.monotonic() < deadline, "submits without an answer"
        for path in (f"/jobs/{done['job_id']}/status", "/healthz", "/readyz"):
            began = time.monotonic()
            answer = client.plain(path) if path.endswith("z") else client.call("GET", path)
            assert time.monotonic() - began < 1, path
            if path != "/readyz":  # ready or not: it is said at once
                seen.add(answer.status)
    assert seen == {200}
    disk.heals()
    assert all(answer.status == 200 for answer in answers), answers
    waiting.until(lambda: client.plain("/readyz").status == 200, RESUME_S, "the resumed service")
    for answer in answers:
        assert client.wait(answer.json["job_id"])["status"] == "FINISHED"


def test_a_store_at_rest_that_another_program_locks_is_seen_as_not_ready(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    client.run("SELECT 42 AS answer")
    other = sqlite3.connect(server.data / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting.until(lambda: client.plain("/readyz").status == 503, NOTICED_S, "the lock noticed")
    assert "store" in client.plain("/readyz").json["reason"]
    other.execute("ROLLBACK")
    other.close()
    waiting.until(lambda: client.plain("/readyz").status == 200, 2 * RESUME_S, "the resumed service")
    client.run("SELECT 43 AS answer")


def refusal(client):
    answer = client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one"})
    return answer if answer.status != 200 else None


def test_no_job_is_lost_or_repeated_while_the_disk_comes_and_goes(fragile):
    server, disk = fragile
    client = server.start().wait_ready().client()
    client.run("CREATE TABLE n (v BIGINT)")
    accepted, unsure, stopping = {}, set(), threading.Event()

    def submit():
        mine, value = server.client(), 0
        while not stopping.is_set():
            value += 1
            try:
                accepted[mine.submit(f"INSERT INTO n VALUES ({value})")] = value
            except (Refused, *LOST):
                unsure.add(value)
    thread = threading.Thread(target=submit)
    thread.start()
    for fault in FAULTS * 2:
        waiting.pause(0.4)
        disk.breaks(fault)
        waiting.pause(0.3)
        disk.heals()
    stopping.set()
    thread.join()
    assert server.process.poll() is None
    waiting.until(lambda: client.plain("/readyz").status == 200, RESUME_S, "the resumed service")
    states = {job_id: client.wait(job_id)["status"] for job_id in accepted}
    counts = {}
    for low in range(1, max([*accepted.values(), *unsure]) + 1, PREVIEW_ROWS):  # a preview is cut there
        part = f"WHERE v >= {low} AND v < {low + PREVIEW_ROWS}"
        counts |= map(tuple, client.rows(f"SELECT v, count(*) AS n FROM n {part} GROUP BY v"))
    for job_id, value in accepted.items():
        assert counts.pop(value, 0) == (1 if states[job_id] == "FINISHED" else 0), (job_id, states[job_id])
    assert all(count == 1 for count in counts.values()) and set(counts) <= unsure


@pytest.mark.parametrize("fault", ("EIO", "ENOSPC", "EROFS"))
def test_a_first_start_on_a_broken_disk_is_refused_in_one_line(fragile, fault):
    server, disk = fragile
    disk.breaks(fault)
    server.spawn()
    assert server.wait_exit(30) == 2
    assert len(server.log().strip().splitlines()) == 1, server.log()


def test_a_start_on_a_read_only_folder_serves_reads_and_is_not_ready(fragile, tmp_path):
    server, disk = fragile
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server.env["TMPDIR"] = str(temporary)
    job_id = server.start().wait_ready().client().run("SELECT 42 AS answer")["job_id"]
    server.terminate()
    assert server.wait_exit() == 0
    disk.breaks("EROFS")
    client = server.start().client()
    assert client.plain("/healthz").status == 200
    assert client.plain("/readyz").status == 503
    assert client.status(job_id)["status"] == "FINISHED"
    assert client.preview(job_id)["rows"] == [[42]]
    assert client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one"}).status == 500
    made = list(temporary.iterdir())
    assert len(made) == 1 and made[0].stat().st_mode & 0o777 == 0o700, made
    assert str(server.process.pid) not in made[0].name
    server.terminate()
    assert server.wait_exit() == 0
    assert not list(temporary.iterdir())


def test_a_start_that_fails_on_a_read_only_folder_leaves_nothing_among_temporary_files(fragile, tmp_path):
    server, disk = fragile
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server.start().wait_ready().terminate()
    assert server.wait_exit() == 0
    disk.breaks("EROFS")
    server.env["TMPDIR"] = str(temporary)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = [word.replace(":0", f":{taken.getsockname()[1]}") for word in server.command()]
        server.command = lambda: words
        server.spawn()
        assert server.wait_exit(30) == 2, server.log()
    assert not list(temporary.iterdir())
