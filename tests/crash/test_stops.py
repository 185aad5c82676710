"""Processes that are stopped (SIGSTOP) past every limit and go on later: as slow as can be, and no less right.

Many servers are stopped at once, so that the limits are waited for once."""
import concurrent.futures
import os
import signal

import pytest

from harness import warehouse, waiting
from harness.client import FINAL
from harness.server import Server

PAST_EVERY_LIMIT_S = 11.5  # a worker's silence of 10 s is the longest of them
CONFIG = ("[jobs]\ncancel_deadline_ms = 500\n[worker]\nmemory_mb = 256\nwarm = 0\n[maintenance]\ncompaction = {}\n"
          "compaction_quiet_ms = 500\n")
NEW_ROWS = 2_000
LONG_ROWS = 6_000_000
SMALL_FILES = 12
STOP_TIMEOUT_S = 60
STATEMENTS = {"insert": "INSERT INTO t SELECT id + 100 AS v FROM range({})",
              "overwrite": "INSERT OVERWRITE TABLE t SELECT id + 100 AS v FROM range({})",
              "ctas": "CREATE TABLE made AS SELECT id + 100 AS v FROM range({})"}
# The passage that is the statement's; those before it are the table's.
POINTS = {"claimed": 2, "started": 2, "reported": 2, "synced": 2, "manifested": 2, "staged": 3, "committed": 2,
          "finished": 2}
CANCELLED_AT = ("reported", "manifested", "staged", "committed")


class Case:
    """One server and the statement that is stopped in it."""

    def __init__(self, kind, point=None, cancels=False, rows=NEW_ROWS, way=None):
        self.kind, self.point, self.cancels, self.rows, self.way = kind, point, cancels, rows, way
        self.submitted = self.job_id = self.cancelled = None
        self.threads = concurrent.futures.ThreadPoolExecutor(2)
        self.server = Server(config=CONFIG.format("false"))
        self.stopped = []

    def __repr__(self):
        return f"{self.kind} at {self.point or self.way.__name__}" + (", cancelled" if self.cancels else "")

    def prepare(self):
        point = f"{self.point}:stop" if self.point and self.kind != "compaction" else ""
        self.server.start({"SLUICE_CRASH_POINTS": point})
        client = self.server.client()
        client.run("CREATE TABLE t AS SELECT CAST(0 AS BIGINT) AS v")
        if self.kind == "compaction":
            for number in range(1, SMALL_FILES):
                client.run(f"INSERT INTO t VALUES ({number})")
        self.first = [[number] for number in range(SMALL_FILES if self.kind == "compaction" else 1)]

    def restart(self, compaction="false", env=None):
        self.server.terminate()
        assert self.server.wait_exit() == 0
        self.server.config.write_text(CONFIG.format(compaction))
        self.server.start(env)

    def submit(self):
        """The answer may come when the server goes on."""
        self.submitted = self.threads.submit(self.server.client().submit, STATEMENTS[self.kind].format(self.rows))

    def stop(self, *pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            self.stopped.append(pid)

    def go_on(self, count=None):
        """Of the stopped ones, the first stopped first."""
        for pid in self.stopped[:count]:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:  # its server has ended it meanwhile
                pass
        self.stopped = self.stopped[count:] if count else []

    def cancel(self):
        """Sent while nobody hears it, if the job's number is known."""
        if self.cancels:
            answer = self.server.client().cancel(self.submitted.result())
            assert answer.status in (200, 400), answer
            self.cancelled = answer.status == 200

    def check(self):
        """One verdict, and rows exactly when it is FINISHED; nothing is left over, and the table is alive."""
        client = self.server.client()
        done = False
        if self.submitted:
            self.job_id = self.submitted.result()
            document = client.wait(self.job_id)
            done = document["status"] == "FINISHED"
            if self.cancels:
                assert document["status"] == ("CANCELLED" if self.cancelled else "FINISHED"), (self, document)
            else:
                assert done, (self, document)
            if done and self.kind != "ctas":
                assert document["result_count"] == self.rows, (self, document)
        self.check_rows(client, done)
        warehouse.check(self.server)
        client.run("INSERT INTO t VALUES (-1)")
        client.run("INSERT OVERWRITE TABLE t VALUES (-2)")
        assert client.rows("SELECT v FROM t") == [[-2]], self
        assert self.job_id is None or client.status(self.job_id) == document, self
        assert self.server.process.poll() is None
        warehouse.check(self.server)

    def check_rows(self, client, done):
        new = [self.rows, self.rows * (self.rows - 1) // 2] if done else [0, None]
        count = "SELECT count(*) AS c, sum(v - 100) AS s FROM {} WHERE v >= 100"
        first = client.rows("SELECT v FROM t WHERE v < 100 ORDER BY v")
        assert first == ([] if done and self.kind == "overwrite" else self.first), self
        tables = {row[-2] if len(row) > 2 else row[-1] for row in client.rows("SHOW TABLES")}
        if self.kind == "ctas":
            assert ("made" in tables) == done, (self, tables)
        if self.kind != "ctas" or done:
            assert client.rows(count.format("made" if self.kind == "ctas" else "t")) == [new], self

    def close(self):
        self.go_on()
        self.server.close()


@pytest.fixture
def cases():
    """Runs an act on every case of a list at once; the servers are closed at the end."""
    made = []

    def together(act, many):
        made.extend(case for case in many if case not in made)
        with concurrent.futures.ThreadPoolExecutor(len(many)) as threads:
            return list(threads.map(act, many))
    yield together
    for case in made:
        case.close()


def stop_at_point(case):
    """Leaves the server stopped at the case's point."""
    case.prepare()
    if case.kind == "compaction":
        case.restart("true", {"SLUICE_CRASH_POINTS": f"{case.point}:stop"})
    else:
        case.submit()
    case.stopped.append(case.server.process.pid)
    try:
        waiting.until(case.server.is_stopped, STOP_TIMEOUT_S)
    except AssertionError as error:
        raise AssertionError(f"{case} was not stopped: {case.server.log()[-2000:]}") from error
    case.cancelling = case.threads.submit(case.cancel)


def go_on_and_check(case):
    case.go_on()
    case.cancelling.result()
    case.check()


def cases_at(kind, points, cancelled_at):
    every = [Case(kind, f"{point}:{POINTS[point]}") for point in points]
    return every + [Case(kind, f"{point}:{POINTS[point]}", True) for point in cancelled_at]


EVERY_CASE = {
    "insert": lambda: cases_at("insert", POINTS, CANCELLED_AT),
    # "staged" of a new table is its folder, then its metadata.
    "others": lambda: [*cases_at("overwrite", ("staged",), ("staged",)),
                       *cases_at("ctas", ("reported", "staged"), ("manifested",)), Case("ctas", "staged:4"),
                       *(Case("compaction", point + ":1") for point in ("rewritten", "committed"))]}


@pytest.mark.parametrize("which", EVERY_CASE)
def test_a_server_stopped_at_a_step_of_a_write_goes_on_as_if_nothing_had_been(cases, which):
    every = EVERY_CASE[which]()
    cases(stop_at_point, every)
    waiting.pause(PAST_EVERY_LIMIT_S)
    cases(go_on_and_check, every)


def worker_writing(case):
    """The worker of a write under way, once the first file is there."""
    case.prepare()
    case.submit()
    warehouse_folder = case.server.data / "warehouse"
    written = lambda: next(warehouse_folder.glob(f"*/*/data/{case.submitted.result()}-1/*"), None)
    waiting.until(written, what="the first file")
    assert case.server.client().status(case.submitted.result())["status"] not in FINAL, case
    return case.server.workers()


def stop_worker(case):
    case.stop(*worker_writing(case))


def stop_worker_then_server(case):
    case.stop(*worker_writing(case), case.server.process.pid)


def stop_server_then_worker(case):
    workers = worker_writing(case)
    case.stop(case.server.process.pid, *workers)


def kill_server_above_stopped_worker(case):
    """Nobody is there to end the worker; it must not write on beside the next server's attempt."""
    case.stop(*worker_writing(case))
    case.server.restart()


def stop_worker_of_compaction(case):
    case.prepare()
    case.restart("true")
    case.stop(*waiting.until(case.server.workers, what="a worker"))


def begin(case):
    case.way(case)
    case.cancelling = case.threads.submit(case.cancel)


def compactions(case):
    return "sluice_compactions_total{outcome=" in case.server.client().plain("/metrics").body.decode()


def go_on_one_by_one_and_check(case):
    case.go_on(1)
    waiting.pause(0.5)
    case.go_on()
    case.cancelling.result()
    if case.way is stop_worker and not case.cancels:  # else it was not long enough
        assert "attempt lost, will be retried" in case.server.log(), case
    if case.kind == "compaction":
        waiting.until(lambda: compactions(case), what="the end of a compaction")
    case.check()


def test_a_worker_stopped_while_it_writes_costs_at_most_its_attempt(cases):
    every = [Case(kind, cancels=cancels, rows=LONG_ROWS, way=way) for way, kind, cancels in (
        (stop_worker, "insert", False), (stop_worker, "overwrite", False), (stop_worker, "ctas", False),
        (stop_worker, "insert", True), (stop_worker, "ctas", True), (stop_worker_then_server, "insert", False),
        (stop_server_then_worker, "insert", False), (stop_server_then_worker, "overwrite", True),
        (kill_server_above_stopped_worker, "insert", False), (kill_server_above_stopped_worker, "ctas", False),
        (stop_worker_of_compaction, "compaction", False))]
    cases(begin, every)
    waiting.pause(PAST_EVERY_LIMIT_S)
    cases(go_on_one_by_one_and_check, every)
