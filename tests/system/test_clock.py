"""Wall clocks that are wrong or step; verdicts, time-outs and durations do not care."""
import datetime
import pathlib

import pytest

from harness import waiting
from harness.client import Client

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
YEAR_S = 365 * 86_400
LONG = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"


@pytest.fixture
def stepping(fresh):
    """A server whose wall clock follows a file, and the function that steps it."""
    assert FAKETIME.exists(), "tools/install-packages.sh installs faketime"
    server = fresh()
    shift = server.folder / "shift"

    def step(seconds):
        shift.write_text(f"{seconds:+d}s\n")
    step(0)
    server.env |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(shift), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1", "FAKETIME_CACHE_DURATION": "0"}
    return server, step


class ShiftedClient(Client):
    """Signs with the server's idea of the time."""
    shift_s = 0

    def call(self, method, path, body=None, headers=None, query=None):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.shift_s)
        headers = {"X-Sdk-Date": now.strftime("%Y%m%dT%H%M%SZ"), **(headers or {})}
        return super().call(method, path, body, headers, query)


def client_of(server, shift_s):
    made = ShiftedClient(server.credentials())
    made.shift_s = shift_s
    return made


@pytest.mark.parametrize("shift_s", (20 * YEAR_S, -20 * YEAR_S))
def test_a_clock_that_is_years_off_changes_no_verdict(stepping, shift_s):
    server, step = stepping
    step(shift_s)
    client = client_of(server.start().wait_ready(), shift_s)
    client.run("CREATE TABLE n (v BIGINT)")
    assert client.run("INSERT INTO n VALUES (1), (2)")["result_count"] == 2
    document = client.run("SELECT count(*) AS n FROM n")
    assert 0 <= document["duration"] < 60_000
    assert client.preview(document["job_id"])["rows"] == [[2]]


@pytest.mark.parametrize("shift_s", (3 * YEAR_S, -3 * YEAR_S))
def test_a_step_while_jobs_run_neither_ends_nor_repeats_them(stepping, shift_s):
    server, step = stepping
    before = client_of(server.start().wait_ready(), 0)
    before.run("CREATE TABLE n (v BIGINT)")
    long_id = before.submit(LONG)
    before.wait_for(long_id, "RUNNING")
    jobs = [before.submit(f"INSERT INTO n VALUES ({value})") for value in range(5)]
    step(shift_s)
    after = client_of(server, shift_s)
    for job_id in jobs:
        document = after.wait(job_id)
        assert document["status"] == "FINISHED" and 0 <= document["duration"] < 60_000, document
    assert after.status(long_id)["status"] == "RUNNING"
    assert after.cancel(long_id).status == 200
    assert after.wait(long_id)["status"] == "CANCELLED"
    assert after.rows("SELECT count(*) AS n, count(DISTINCT v) AS d FROM n") == [[5, 5]]


def test_results_survive_a_step_of_a_year(stepping):
    server, step = stepping
    before = client_of(server.start().wait_ready(), 0)
    job_id = before.run("SELECT 5 AS five")["job_id"]
    step(YEAR_S)
    after = client_of(server, YEAR_S)
    waiting.holds_for(lambda: after.preview(job_id)["rows"] == [[5]], 2, "the result")


def test_a_restart_under_an_earlier_clock_finds_everything(stepping):
    server, step = stepping
    before = client_of(server.start().wait_ready(), 0)
    first = before.run("SELECT 1 AS one")
    step(-YEAR_S)
    server.restart()
    after = client_of(server.wait_ready(), -YEAR_S)
    assert after.status(first["job_id"]) == first
    second = after.run("SELECT 2 AS two")
    listed = [job["job_id"] for job in after.list()["jobs"]]
    assert set(listed) == {first["job_id"], second["job_id"]}
