"""Files of one table that are missing or damaged cost the statements that need them, nothing else."""
import pytest

from harness.client import FINAL

ANSWER_S = 40  # a file that cannot be read is tried for a while


def make_directory(file):
    file.unlink()
    file.mkdir()


DAMAGES = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:200]),
    "garbage": lambda file: file.write_bytes(bytes(range(256)) * 8),
    "a folder": make_directory,
}
STATEMENTS = ("SELECT * FROM t", "SELECT count(*) AS n FROM t WHERE v > 0", "INSERT INTO t VALUES (3)",
              "INSERT OVERWRITE TABLE t VALUES (3)", "CREATE TABLE copy AS SELECT * FROM t", "DESCRIBE t",
              "TRUNCATE TABLE t")


def restart_with(server, damage, pattern):
    client = server.start().wait_ready().client()
    client.run("CREATE TABLE t (v BIGINT)")
    client.run("INSERT INTO t VALUES (1), (2)")
    server.terminate()
    assert server.wait_exit() == 0
    found = list((server.data / "warehouse").rglob(pattern))
    assert found
    for file in found:
        damage(file)
    return server.start().wait_ready().client()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_table_without_its_metadata_fails_its_statements_and_can_be_dropped(fresh, damage):
    server = fresh()
    client = restart_with(server, DAMAGES[damage], "*.metadata.json")
    jobs = {client.submit(sql): sql for sql in STATEMENTS}
    assert client.rows("SELECT 1 AS one") == [[1]], "others wait for it"
    for job_id, sql in jobs.items():
        document = client.wait(job_id, ANSWER_S)
        assert document["status"] == "FAILED" and "DLI.0999" in document["message"], (sql, document)
        assert "metadata" in document["message"] and str(server.data) not in document["message"], document
    client.run("DROP TABLE t")
    client.run("CREATE TABLE t (v BIGINT)")
    assert client.rows("SELECT count(*) AS n FROM t") == [[0]]


def test_a_job_that_waits_for_a_file_ends_at_once_when_it_is_cancelled(fresh):
    client = restart_with(fresh(), make_directory, "*.metadata.json")
    job_id = client.submit("SELECT * FROM t")
    assert client.cancel(job_id).status in (200, 400)
    assert client.wait(job_id, 5)["status"] in FINAL


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", ("*.avro", "*.parquet"))
def test_damaged_data_fails_the_reading_job_with_words_of_ours(fresh, damage, pattern):
    server = fresh()
    client = restart_with(server, DAMAGES[damage], pattern)
    document = client.wait(client.submit("SELECT * FROM t"))
    assert document["status"] == "FAILED" and "DLI.0999" in document["message"], document
    assert str(server.data) not in document["message"], document
    assert client.rows("SELECT 1 AS one") == [[1]]
    client.run("DROP TABLE t")
