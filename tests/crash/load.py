"""A load on a server that may die at any moment, and the model its outcome is checked against."""
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass

from harness import waiting
from harness.client import FINAL, LOST, Refused

DATABASE = "crash"
RANKS = {"LAUNCHING": 0, "RUNNING": 1, **{state: 2 for state in FINAL}}
SETTLE_TIMEOUT_S = 90
PREVIEW_ROWS_MAX = 1000
WIDE_RESULT_ROWS = 4000  # well past the 64 KiB that travel inside the record


@dataclass
class Submission:
    kind: str    # insert, ctas, select, wide
    value: int   # unique over the whole load
    sql: str


class Load:
    """Threads that submit, cancel and watch. start(), …, stop(), then check().

    Refusals with the tolerated codes are no faults: such a submit counts as one without an answer."""

    def __init__(self, server, seed, threads=4, cancels=True, tolerated=()):
        self.server = server
        self.seed = seed
        self.cancels = cancels
        self.tolerated = tolerated
        self.refused = 0
        self.lock = threading.Lock()
        self.next_value = 0
        self.acknowledged = {}    # job id -> Submission
        self.unacknowledged = []  # submits whose answer never came
        self.promised = set()     # job ids whose cancellation was answered with 200
        self.shown = {}           # job id -> last document seen
        self.errors = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._submit, args=(random.Random(seed * 100 + i),))
                        for i in range(threads)]
        self.threads.append(threading.Thread(target=self._watch))

    def prepare(self):
        client = self.server.client()
        client.ok("POST", "/databases", {"database_name": DATABASE})
        client.run("CREATE TABLE numbers (v BIGINT)", DATABASE)
        return self

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(SETTLE_TIMEOUT_S)
            assert not thread.is_alive(), "a thread of the load hangs"

    # The threads.

    def _new_submission(self, dice):
        with self.lock:
            self.next_value += 1
            value = self.next_value
        kind = dice.choices(("insert", "ctas", "select", "wide"), (12, 2, 3, 3))[0]
        sql = {"insert": f"INSERT INTO numbers VALUES ({value})",
               "ctas": f"CREATE TABLE made_{value} AS SELECT CAST({value} AS BIGINT) AS v",
               "select": f"SELECT {value} AS v",
               "wide": f"SELECT id + {value} AS v, repeat('x', 20) AS filler FROM range({WIDE_RESULT_ROWS})"}[kind]
        return Submission(kind, value, sql)

    def _with_server(self, act):
        """act(client) again and again; a dead server is waited for."""
        generation, client = None, None
        while not self.stopping.is_set():
            if generation != self.server.generation or client is None:
                generation = self.server.generation
                if not self.server.up:
                    waiting.pause(0.01)
                    continue
                client = self.server.client(timeout_s=20)
            try:
                act(client)
            except LOST:
                client = None
            except AssertionError as error:
                self._fault(f"{type(error).__name__}: {error}")
            except Exception as error:  # a thread that dies silently would hide what it saw
                self._fault(f"{type(error).__name__}: {error}")
                raise

    def _fault(self, text):
        with self.lock:
            if len(self.errors) < 20:
                self.errors.append(text)

    def _submit(self, dice):
        def one(client):
            submission = self._new_submission(dice)
            try:
                job_id = client.submit(submission.sql, DATABASE)
            except (Refused, *LOST) as error:
                with self.lock:
                    self.unacknowledged.append(submission)
                if not isinstance(error, Refused) or error.answer.code not in self.tolerated:
                    raise
                self.refused += 1
                waiting.pause(0.005)
                return
            with self.lock:
                self.acknowledged[job_id] = submission
            if self.cancels and dice.random() < 0.15:
                answer = client.cancel(job_id)
                if answer.status == 200:
                    with self.lock:
                        self.promised.add(job_id)
                elif answer.status != 400 and answer.code not in self.tolerated:
                    self._fault(f"cancel answered {answer.status} {answer.body!r}")
        self._with_server(one)

    def _watch(self):
        def round_of_polls(client):
            with self.lock:
                open_ids = [job_id for job_id in self.acknowledged
                            if self.shown.get(job_id, {}).get("status") not in FINAL]
            for job_id in open_ids:
                self.observe(client.status(job_id))
            waiting.pause(0.005)
        self._with_server(round_of_polls)

    def observe(self, document):
        """Compares a status document with the one seen before it."""
        before = self.shown.get(document["job_id"])
        if before:
            if RANKS[document["status"]] < RANKS[before["status"]]:
                self._fault(f"{document['job_id']} went from {before['status']} to {document['status']}")
            if document["start_time"] != before["start_time"]:
                self._fault(f"{document['job_id']} changed its start_time")
            if before["status"] in FINAL and document != before:
                self._fault(f"a final document changed: {before} -> {document}")
        self.shown[document["job_id"]] = document

    # The model.

    def check(self):
        """Everything that must hold once the dust has settled."""
        client = self.server.client()
        assert self.acknowledged, "the load never got a job through"
        for job_id in self.acknowledged:
            if self.shown.get(job_id, {}).get("status") not in FINAL:
                self.observe(client.wait(job_id, SETTLE_TIMEOUT_S))
        for job_id in list(self.acknowledged):
            self.observe(client.status(job_id))
        assert not self.errors, f"seed {self.seed}: " + "\n".join(self.errors)
        self._check_promises()
        self._check_numbers(client)
        self._check_made_tables(client)
        self._check_results(client)
        self._check_lists(client)

    def state(self, job_id):
        return self.shown[job_id]["status"]

    def _check_promises(self):
        broken = [job_id for job_id in self.promised if self.state(job_id) != "CANCELLED"]
        assert not broken, [self.shown[job_id] for job_id in broken]

    def _of_kind(self, kind):
        return [(job_id, submission) for job_id, submission in self.acknowledged.items() if submission.kind == kind]

    def _check_numbers(self, client):
        rows = client.rows("SELECT v, count(*) AS n FROM numbers GROUP BY v HAVING count(*) > 1", DATABASE)
        assert rows == [], f"seed {self.seed}: inserted more than once: {rows}"
        total = client.rows("SELECT count(*) AS n FROM numbers", DATABASE)[0][0]
        present = set()
        for low in range(0, self.next_value + 1, PREVIEW_ROWS_MAX):
            high = low + PREVIEW_ROWS_MAX
            present |= {row[0] for row in client.rows(
                f"SELECT v FROM numbers WHERE v >= {low} AND v < {high}", DATABASE)}
        assert len(present) == total
        for job_id, submission in self._of_kind("insert"):
            document = self.shown[job_id]
            finished = document["status"] == "FINISHED"
            assert (submission.value in present) == finished, (self.seed, document)
            if finished:
                assert document["result_count"] == 1 and document.get("input_row_count", 1) == 1, document
            present.discard(submission.value)
        doubtful = {submission.value for submission in self.unacknowledged}
        assert present <= doubtful, f"seed {self.seed}: rows nobody submitted: {present - doubtful}"

    def _check_made_tables(self, client):
        names = {row[1] if len(row) > 1 else row[0]
                 for row in client.rows(f"SHOW TABLES IN {DATABASE}", DATABASE)}
        for job_id, submission in self._of_kind("ctas"):
            made = f"made_{submission.value}" in names
            assert made == (self.state(job_id) == "FINISHED"), (self.seed, self.shown[job_id])
        finished = [submission for job_id, submission in self._of_kind("ctas") if self.state(job_id) == "FINISHED"]
        for submission in finished[:5]:
            assert client.rows(f"SELECT v FROM made_{submission.value}", DATABASE) == [[submission.value]]

    def _check_results(self, client):
        for kind, count in (("select", 1), ("wide", WIDE_RESULT_ROWS)):
            for job_id, submission in self._of_kind(kind):
                document = self.shown[job_id]
                if document["status"] != "FINISHED":
                    continue
                assert document["result_count"] == count, document
                first = client.preview(job_id)
                assert first["row_count"] == count
                assert submission.value in (row[0] for row in first["rows"]), document

    def _check_lists(self, client):
        """The counters of the list agree with the records, and no record is missing."""
        listed, page = {}, 1
        while jobs := client.list(**{"page-size": 100, "current-page": page})["jobs"]:
            listed.update({job["job_id"]: job for job in jobs})
            page += 1
        missing = set(self.acknowledged) - set(listed)
        assert not missing, f"seed {self.seed}: acknowledged and gone: {missing}"
        assert client.list()["job_count"] == len(listed)
        for field, parameter in (("status", "job-status"), ("job_type", "job-type"), ("queue_name", "queue_name")):
            for value, count in Counter(job[field] for job in listed.values()).items():
                answer = client.list(**{parameter: value})
                assert answer["job_count"] == count, (self.seed, field, value, answer["job_count"], count)
        extra = len(listed) - len(self.acknowledged)
        assert extra >= 0, json.dumps(sorted(listed))
