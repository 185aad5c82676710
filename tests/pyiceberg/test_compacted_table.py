"""PyIceberg, unmodified, on a table whose small files were joined: the present, the past, and a next append."""
import json
import re

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.catalog import load_catalog  # noqa: E402

from harness import waiting  # noqa: E402
from harness.server import PASSWORD, USER, Server  # noqa: E402

INSERTS = 12


def compactions(client):
    text = client.plain("/metrics").body.decode()
    found = re.search(r'^sluice_compactions_total{outcome="done"} (\d+)$', text, re.M)
    return int(found.group(1)) if found else 0


def token_of(client):
    identity = {"methods": ["password"],
                "password": {"user": {"name": USER, "password": PASSWORD, "domain": {"name": "sluice"}}}}
    scope = {"project": {"id": client.credentials.project_id}}
    body = {"auth": {"identity": identity, "scope": scope}}
    answer = client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                         json.dumps(body).encode())
    return answer.headers["X-Subject-Token"]


def numbers(scan):
    return sorted(scan.to_arrow().column("n").to_pylist())


def test_another_engine_reads_and_writes_a_compacted_table():
    with Server(config="[maintenance]\ncompaction_quiet_ms = 200\n") as server:
        client = server.wait_ready().client()
        client.run("CREATE TABLE t (n BIGINT, s STRING)")
        for n in range(INSERTS):
            client.run(f"INSERT INTO t VALUES ({n}, 'row {n}')")
        waiting.until(lambda: compactions(client) > 0, 60, "a compaction")
        catalog = load_catalog("sluice", type="rest", uri=f"{server.endpoint}/iceberg", token=token_of(client),
                               warehouse=client.credentials.project_id)
        table = catalog.load_table("default.t")
        assert numbers(table.scan()) == list(range(INSERTS))
        assert numbers(table.scan(row_filter="n >= 5")) == list(range(5, INSERTS))
        operations = [snapshot.summary.operation.value for snapshot in table.snapshots()]
        assert operations.count("replace") >= 1 and operations.count("append") == INSERTS
        total = int(table.current_snapshot().summary["total-records"])
        assert total == INSERTS
        for seen, snapshot in enumerate(s for s in table.snapshots() if s.summary.operation.value == "append"):
            assert numbers(table.scan(snapshot_id=snapshot.snapshot_id)) == list(range(seen + 1))
        table.append(pa.table({"n": pa.array([100], pa.int64()), "s": pa.array(["new"], pa.string())}))
        assert client.rows("SELECT count(*) AS c, max(n) AS m FROM t") == [[INSERTS + 1, 100]]
        client.run("INSERT INTO t VALUES (101, 'newer')")
        assert numbers(table.refresh().scan()) == [*range(INSERTS), 100, 101]
