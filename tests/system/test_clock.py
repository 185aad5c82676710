"""Wall clocks that are wrong or step; verdicts, time-outs and durations do not care."""
import contextlib
import datetime
import pathlib
import sqlite3
import time

import pytest

from harness import waiting
from harness.client import Client

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
DAY_S = 86_400
YEAR_S = 365 * DAY_S
EPOCH_S = -int(time.time()) + 60  # a clock that was never set
PASS_S = 2  # the first pass of the janitor comes at the start
WIDE = "SELECT id, repeat('x', 20) AS x FROM range(4000)"  # its result is a file
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


class History:
    """What a server keeps for a while and then lets go, made under one wall clock."""

    def __init__(self, server, client, number):
        self.key, self.number = f"key-{number}", number
        client.run(f"CREATE TABLE dropped_{number} AS SELECT 1 AS one")
        before = self.folders(server)
        client.run(f"DROP TABLE dropped_{number}")
        self.dropped = [folder for folder in before if (folder / "metadata").exists()]
        self.small = client.run("SELECT 5 AS five")
        self.wide = client.run(WIDE)
        self.keyed = client.submit("SELECT 7 AS seven", headers={"Idempotency-Key": self.key})
        client.wait(self.keyed)

    @staticmethod
    def folders(server):
        return set((server.data / "warehouse").glob("*/*"))

    def is_whole(self, client):
        assert client.status(self.small["job_id"]) == self.small
        assert client.preview(self.small["job_id"])["rows"] == [[5]]
        assert client.status(self.wide["job_id"]) == self.wide
        assert client.preview(self.wide["job_id"])["row_count"] == 4000
        assert client.submit("SELECT 7 AS seven", headers={"Idempotency-Key": self.key}) == self.keyed
        return all(folder.exists() for folder in self.dropped)


@pytest.mark.parametrize("stop", ("TERM", "KILL"))
def test_a_clock_that_is_another_at_every_start_removes_nothing(stepping, stop):
    server, step = stepping
    made = []
    for number, shift_s in enumerate((0, 400 * DAY_S, -20 * YEAR_S, 8 * DAY_S, EPOCH_S, 20 * YEAR_S, 0)):
        step(shift_s)
        client = client_of(server.start().wait_ready(), shift_s)
        if number == 0:
            client.run("CREATE TABLE n (v BIGINT)")
        waiting.holds_for(lambda: all(one.is_whole(client) for one in made), PASS_S, "what was made before")
        client.run(f"INSERT INTO n VALUES ({number})")
        assert client.rows("SELECT count(*) AS c, max(v) AS m FROM n") == [[number + 1, number]]
        made.append(History(server, client, number))
        assert len(made[-1].dropped) == number + 2  # with those of before, and the table n
        client.close()
        if stop == "TERM":
            server.terminate()
            assert server.wait_exit() == 0
        else:
            server.kill()


def test_a_clock_that_steps_to_and_fro_while_the_server_runs_removes_nothing(stepping):
    server, step = stepping
    history = History(server.start().wait_ready(), client_of(server, 0), 0)
    for shift_s in (400 * DAY_S, EPOCH_S, -YEAR_S, 20 * YEAR_S, 0):
        step(shift_s)
        client = client_of(server, shift_s)
        waiting.holds_for(lambda: history.is_whole(client), 1, "what was made before")
        client.close()


def serve_for(server, days):
    """As if servers had run on the store for so many days more."""
    with contextlib.closing(sqlite3.connect(server.data / "store.db")) as connection, connection:
        served = connection.execute("UPDATE counters SET value = value + ? WHERE name = 'served_ms'",
                                    (days * DAY_S * 1000,))
        assert served.rowcount == 1


def test_what_servers_have_kept_for_its_retention_goes_whatever_the_clock_is(stepping):
    server, step = stepping
    made = []
    for number, shift_s in enumerate((20 * YEAR_S, -20 * YEAR_S)):
        step(shift_s)
        client = client_of(server.start().wait_ready(), shift_s)
        made.append(History(server, client, number))
        server.terminate()
        assert server.wait_exit() == 0
    serve_for(server, 8)
    client = client_of(server.start().wait_ready(), shift_s)
    for one in made:
        waiting.until(lambda: client.call("GET", f"/jobs/{one.wide['job_id']}/preview").status != 200, 10,
                      "the end of a result")
        waiting.until(lambda: not any(folder.exists() for folder in one.dropped), 10, "the end of a folder")
        assert client.status(one.small["job_id"]) == one.small
        assert client.submit("SELECT 7 AS seven", headers={"Idempotency-Key": one.key}) != one.keyed
    server.terminate()
    assert server.wait_exit() == 0
    serve_for(server, 173)
    client = client_of(server.start().wait_ready(), shift_s)
    waiting.until(lambda: client.list()["job_count"] <= 2, 10, "the end of the records")  # but the last two


@pytest.mark.parametrize("served_ms", (-1, 2**63 - 1))
def test_a_damaged_served_time_removes_nothing(fresh, served_ms):
    server = fresh()
    history = History(server.start().wait_ready(), server.client(), 0)
    server.terminate()
    assert server.wait_exit() == 0
    with contextlib.closing(sqlite3.connect(server.data / "store.db")) as connection, connection:
        connection.execute("UPDATE counters SET value = ? WHERE name = 'served_ms'", (served_ms,))
    client = server.start().wait_ready().client()
    waiting.holds_for(lambda: history.is_whole(client), PASS_S, "what was made before")
