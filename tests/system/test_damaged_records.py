"""Single bad records inside a sound store, and stores that are unsound: the start goes on without the record, or says
no in one line."""
import contextlib
import shutil
import sqlite3

import pytest

from harness import waiting
from harness.client import FINAL
from harness.server import LISTENING, Server, run_program

REFUSED = 2
TEXTS = ("", "x" * 100_000, "\x00", "{", "[[1]]", "[[", "null", '[["k"]]', "\ud7ff'\"\\", "no such value")
NUMBERS = (-1, 0, 2**63 - 1, -2**63)
PROMPTLY_S = 30
JOBS = 60


class Store:
    """The store of a stopped server, kept so that each test can damage it anew."""

    def __init__(self, server):
        self.server = server
        self.file = server.data / "store.db"
        self.sound = server.folder / "sound.db"
        with self.open() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.file, self.sound)

    @contextlib.contextmanager
    def open(self):
        connection = sqlite3.connect(self.file, isolation_level=None)
        try:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            yield connection
        finally:
            connection.close()

    def restore(self):
        for rest in self.file.parent.glob("store.db-*"):
            rest.unlink()
        shutil.copy(self.sound, self.file)

    def columns(self, table):
        """Name and type of each column that is no part of the key."""
        with self.open() as connection:
            return [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})") if not row[5]]


@pytest.fixture(scope="module")
def store():
    with Server() as server:
        client = server.wait_ready().client()
        client.ok("POST", "/databases", {"database_name": "db"})
        client.run("CREATE TABLE db.t (v BIGINT)")
        for job_id in [client.submit(f"SELECT {number} AS n") for number in range(JOBS)]:
            client.wait(job_id)
        client.run("INSERT INTO db.t VALUES (1), (2)")
        client.run("SELECT id, repeat('x', 50) AS x FROM range(4000)")
        server.terminate()
        assert server.wait_exit() == 0
        yield Store(server)


@pytest.fixture
def damaged(store):
    store.restore()
    yield store
    if store.server.process is not None:
        store.server.kill()


def check_answers(client):
    """Everything that reads records gets an answer, and new work is done."""
    jobs, page = [], 1
    while True:
        answer = client.call("GET", "/jobs", query={"page-size": 100, "current-page": page})
        assert answer.status in (200, 500), answer
        if answer.status != 200 or not answer.json["jobs"]:
            break
        jobs += answer.json["jobs"]
        page += 1
    for job in jobs:
        for path in ("status", "detail", "preview", "progress"):
            answer = client.call("GET", f"/jobs/{job['job_id']}/{path}")
            assert answer.status in (200, 400, 404, 500) and answer.json is not None, answer
    for path in ("/databases", "/databases/db/tables", "/databases/db/tables/t", "/queues"):
        assert client.call("GET", path).status in (200, 400, 404, 500)
    assert client.rows("SELECT 1 AS one") == [[1]]
    for sql in ("SELECT * FROM db.t", "INSERT INTO db.t VALUES (3)", "DESCRIBE db.t", "SHOW TABLES IN db"):
        answer = client.call("POST", "/jobs/submit-job", {"sql": sql})
        if answer.status == 200:
            assert client.wait(answer.json["job_id"], PROMPTLY_S)["status"] in FINAL


def serve(store):
    client = store.server.start().wait_ready().client()
    check_answers(client)
    assert store.server.process.poll() is None
    return client


def values_for(kind):
    return TEXTS if kind == "TEXT" else NUMBERS if kind == "INTEGER" else (b"", b"\xff" * 7)


@pytest.mark.parametrize("table", ("jobs", "job_requests", "job_outcomes", "job_results", "commit_markers"))
def test_bad_records_of_jobs_cost_those_jobs_only(damaged, table):
    with damaged.open() as connection:
        for place, (column, kind) in enumerate(damaged.columns(table)):
            for offset, value in enumerate(values_for(kind)):
                # Each value in a record of its own, as far as there are any.
                at = 3 + (place * 7 + offset) % (JOBS - 5)
                try:
                    connection.execute(f"UPDATE {table} SET {column} = ? WHERE seq = ?", (value, at))
                except sqlite3.IntegrityError:
                    pass  # an id that another record has
        untouched = connection.execute("SELECT job_id FROM jobs WHERE seq = ?", (JOBS,)).fetchone()[0]
    client = serve(damaged)
    assert client.status(untouched)["status"] == "FINISHED"
    assert client.preview(untouched)["rows"]
    damaged.server.kill()
    serve(damaged)


@pytest.mark.parametrize("table", ("job_requests", "job_outcomes", "job_results", "commit_markers", "databases",
                                   "idempotency_keys"))
def test_records_that_point_to_nothing_do_no_harm(damaged, table):
    with damaged.open() as connection:
        connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE jobs SET state = 'RUNNING' WHERE seq IN (4, 5)")
        connection.execute("UPDATE jobs SET state = 'LAUNCHING', attempt = 9 WHERE seq = 6")
        connection.execute("INSERT INTO commit_markers VALUES ('nobody', 99999, 1, 1, 1, 1, 1)")
        connection.execute("INSERT INTO unreferenced_files VALUES ('nobody', 'x', '../../store.db', 1)")
        connection.execute("INSERT INTO dropped_locations VALUES ('nobody', '/etc', 1), ('nobody', '', 1),"
                           " ('nobody', '../..', 1)")
    client = serve(damaged)
    for job in client.list(**{"job-status": "RUNNING"})["jobs"] + client.list(**{"job-status": "LAUNCHING"})["jobs"]:
        assert client.wait(job["job_id"], PROMPTLY_S)["status"] in FINAL
    assert damaged.file.exists()


@pytest.mark.parametrize("column", ("declared_schema", "location", "metadata_location", "properties", "uuid",
                                    "format", "created_ms"))
def test_a_bad_record_of_a_table_costs_that_table_only(damaged, column):
    values = NUMBERS if column == "created_ms" else ("", "{", "/etc", "/etc/passwd", "file:///etc/passwd", "..")
    for value in values:
        damaged.restore()
        with damaged.open() as connection:
            connection.execute(f"UPDATE tables SET {column} = ?", (value,))
        client = serve(damaged)
        dropped = client.wait(client.submit("DROP TABLE db.t"), PROMPTLY_S)
        assert dropped["status"] in FINAL, dropped
        damaged.server.kill()


@pytest.mark.parametrize("table", ("projects", "users", "access_keys", "settings", "counters"))
def test_bad_records_of_identity_neither_open_a_door_nor_crash(damaged, table):
    for column, kind in damaged.columns(table):
        for value in ("", "{", "\x00") if kind == "TEXT" else (-1, 7):
            damaged.restore()
            with damaged.open() as connection:
                connection.execute("PRAGMA foreign_keys = OFF")
                connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
            server = damaged.server
            server.spawn()
            waiting.until(lambda: LISTENING.search(server.stdout()) or server.process.poll() is not None, PROMPTLY_S)
            if server.process.poll() is not None:
                assert server.wait_exit() == REFUSED, server.log()[-500:]
                continue
            server.endpoint = LISTENING.search(server.stdout()).group(1)
            answer = server.client().call("GET", "/jobs")
            assert answer.status in (200, 401, 403, 500), answer
            assert server.process.poll() is None
            server.kill()


def page_of_each_class(file):
    """The offsets of one page of each kind in the file, by the byte that says the kind."""
    data = file.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    found = {}
    for at in range(size, len(data), size):
        found.setdefault(data[at], at)
    return size, found


def test_a_damaged_page_of_each_kind_is_refused(damaged):
    size, pages = page_of_each_class(damaged.file)
    assert len(pages) >= 2
    for kind, at in pages.items():
        damaged.restore()
        with open(damaged.file, "r+b") as file:
            file.seek(at)
            file.write(bytes(range(256)) * (size // 256))
        server = damaged.server
        before = len(server.log())
        content = damaged.file.read_bytes()
        server.spawn()
        assert server.wait_exit(PROMPTLY_S) == REFUSED, kind
        lines = server.log()[before:].strip().splitlines()
        assert len(lines) == 1 and "store.db" in lines[0], lines
        assert damaged.file.read_bytes() == content


def test_an_older_schema_is_brought_up_and_a_foreign_one_is_refused(damaged):
    with damaged.open() as connection:
        connection.execute("ALTER TABLE jobs DROP COLUMN ended_served_ms")
        connection.execute("ALTER TABLE idempotency_keys RENAME COLUMN created_served_ms TO created_ms")
        connection.execute("ALTER TABLE dropped_locations RENAME COLUMN dropped_served_ms TO dropped_ms")
        connection.execute("DROP TABLE unreferenced_files")
        connection.execute("PRAGMA user_version = 1")
    serve(damaged)
    damaged.server.kill()
    damaged.restore()
    with damaged.open() as connection:
        connection.execute("PRAGMA application_id = 12345")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged.server.spawn()
    assert damaged.server.wait_exit(PROMPTLY_S) == REFUSED
    assert run_program("version").returncode == 0


@pytest.mark.parametrize("version", (-1, 0, 77))
def test_a_schema_version_that_cannot_be_is_refused(damaged, version):
    with damaged.open() as connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged.server.spawn()
    assert damaged.server.wait_exit(PROMPTLY_S) == REFUSED
