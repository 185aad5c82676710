"""Small files are joined behind the jobs' back: no row is lost or twice, nobody sees a job of it."""
import re
import threading

import pytest

from harness import waiting
from harness.server import CRASH_POINT_EXIT, Server

CONFIG = "[maintenance]\ncompaction_quiet_ms = 200\n"
OFF = "[maintenance]\ncompaction = false\n"
INSERTS = 12


@pytest.fixture
def server():
    with Server(config=CONFIG) as running:
        yield running.wait_ready()


def compactions(client, outcome="done"):
    text = client.plain("/metrics").body.decode()
    found = re.search(rf'^sluice_compactions_total{{outcome="{outcome}"}} (\d+)$', text, re.M)
    return int(found.group(1)) if found else 0


def data_files(server):
    return len(list((server.data / "warehouse").rglob("*.parquet")))


def fill(client, table="t"):
    client.run(f"CREATE TABLE {table} (n BIGINT, s STRING, d DECIMAL(10,2), at TIMESTAMP, parts ARRAY<INT>)")
    for n in range(INSERTS):
        client.run(f"INSERT INTO {table} VALUES ({n}, 'row {n}', {n}.25, TIMESTAMP '2024-01-01 00:00:{n:02}', "
                   f"array({n}, NULL))")


QUERY = "SELECT n, s, d, at, parts FROM t ORDER BY n"


def test_the_rows_stay_what_they_were(server):
    client = server.client()
    fill(client)
    before = client.rows(QUERY)
    jobs = client.list()["job_count"]
    waiting.until(lambda: compactions(client) > 0, 60, "a compaction")
    assert client.list()["job_count"] == jobs
    assert client.rows(QUERY) == before
    assert len(before) == INSERTS
    document = client.run("SELECT count(*) AS c FROM t")
    assert client.preview(document["job_id"])["rows"] == [[INSERTS]]
    tables = client.ok("GET", "/databases/default/tables")["tables"]
    assert [table["table_name"] for table in tables] == ["t"]


def test_input_size_is_that_of_the_files_that_were_opened(server):
    client = server.client()
    fill(client)
    waiting.until(lambda: compactions(client) > 0, 60, "a compaction")
    # Whatever the worker has in memory of a file, it counts each time; what manifests answer opens none.
    sizes = {client.run(sql)["input_size"] for sql in (QUERY, QUERY, "SELECT sum(n) FROM t", "SELECT max(s) FROM t")}
    assert len(sizes) == 1 and sizes.pop() > 0
    assert client.run("SELECT count(*) FROM t")["input_size"] == 0
    assert client.run("SELECT * FROM t WHERE n > 1000000")["input_size"] == 0
    client.run("CREATE TABLE copied AS SELECT * FROM t")
    assert client.run("INSERT INTO copied SELECT * FROM t")["input_size"] > 0
    assert client.run("SELECT 1")["input_size"] == 0


def test_writers_beside_it_lose_nothing(server):
    client = server.client()
    fill(client)

    def write(number):
        writer = server.client()
        for n in range(10):
            writer.run(f"INSERT INTO t SELECT {1000 * number + n}, 'w', 1, TIMESTAMP '2024-01-01 00:00:00', array()")
    threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    counts = []
    while any(thread.is_alive() for thread in threads):
        counts.append(client.rows("SELECT count(*) AS c, count(DISTINCT n) AS d FROM t")[0])
    for thread in threads:
        thread.join()
    assert all(total == distinct for total, distinct in counts)
    assert counts == sorted(counts)
    done = compactions(client)
    waiting.until(lambda: compactions(client) > done or data_files(server) <= INSERTS + 32, 60, "a compaction")
    assert client.rows("SELECT count(*) AS c, count(DISTINCT n) AS d FROM t") == [[INSERTS + 30] * 2]


@pytest.mark.parametrize("point", ("rewritten", "staged", "committed"))
def test_a_crash_at_any_step_leaves_the_table_whole(point):
    server = Server(config=OFF)
    try:
        server.start().wait_ready()
        fill(server.client())
        server.kill()
        # Nothing else commits after this start: the point is the compaction's.
        server.config.write_text(CONFIG)
        server.start({"SLUICE_CRASH_POINTS": point})
        waiting.until(lambda: server.process.poll() is not None, 60, "the armed crash point")
        assert server.wait_exit() == CRASH_POINT_EXIT
        server.start().wait_ready()
        client = server.client()
        expected = [[n, f"row {n}"] for n in range(INSERTS)]
        assert client.rows("SELECT n, s FROM t ORDER BY n") == expected
        if point == "committed":
            waiting.holds_for(lambda: compactions(client) == 0, 1, "no second compaction")
        else:
            waiting.until(lambda: compactions(client) > 0, 60, "a compaction")
        assert client.rows("SELECT n, s FROM t ORDER BY n") == expected
    finally:
        server.close()


def test_it_can_be_switched_off():
    with Server(config=OFF + "compaction_quiet_ms = 100\n") as server:
        client = server.wait_ready().client()
        fill(client)
        waiting.holds_for(lambda: compactions(client) == 0, 2, "no compaction")
        assert data_files(server) == INSERTS
