"""SHOW, DESCRIBE, SET and their like: columns, types and rows as Spark 3.5 gives them for `USING parquet`."""
import json

import pytest

from harness.server import Server

TABLES = [
    "CREATE TABLE t1 (id INT COMMENT 'the id', name STRING, d DECIMAL(10,2)) USING parquet "
    "COMMENT 'a table' TBLPROPERTIES ('k'='v', 'a.b'='c')",
    "CREATE TABLE t2 (a BIGINT, p STRING) USING parquet PARTITIONED BY (p)",
]
TEXT = "string"
TABLE_LIST = [("namespace", TEXT), ("tableName", TEXT), ("isTemporary", "boolean")]
DESCRIBED = [("col_name", TEXT), ("data_type", TEXT), ("comment", TEXT)]
PROPERTY = [("key", TEXT), ("value", TEXT)]
INFO = [("info_name", TEXT), ("info_value", TEXT)]
CASES = [
    ("DESCRIBE SCHEMA EXTENDED shown", INFO,
     [["Catalog Name", "spark_catalog"], ["Namespace Name", "shown"], ["Comment", "c"], ["Owner", "admin"],
      ["Properties", ""]]),
    ("SHOW DATABASES LIKE 'sh*'", [("namespace", TEXT)], [["shown"]]),
    ("SHOW TABLES LIKE 'T*|nothing'", TABLE_LIST, [["shown", "t1", False], ["shown", "t2", False]]),
    ("SHOW COLUMNS FROM t1 FROM shown", [("col_name", TEXT)], [["id"], ["name"], ["d"]]),
    ("DESC TABLE t2", DESCRIBED,
     [["a", "bigint", None], ["p", TEXT, None], ["# Partition Information", "", ""],
      ["# col_name", "data_type", "comment"], ["p", TEXT, None]]),
    ("DESCRIBE t1 ID", INFO, [["col_name", "ID"], ["data_type", "int"], ["comment", "the id"]]),
    ("DESCRIBE t1 d", INFO, [["col_name", "d"], ["data_type", "decimal(10,2)"], ["comment", "NULL"]]),
    ("SET nope", PROPERTY, [["nope", "<undefined>"]]),
    ("SET nope=1", PROPERTY, [["nope", "1"]]),
    ("SET TIME ZONE 'UTC'", PROPERTY, [["spark.sql.session.timeZone", "UTC"]]),
    ("RESET", [], []),
    ("RESET spark.sql.shuffle.partitions", [], []),
    ("USE shown", [], []),
]
REFUSED = [
    ("SHOW TABLES FROM nodb", "DLI.0002"), ("DESCRIBE t1 nope", "DLI.0005"), ("SHOW FUNCTIONS", "DLI.0007"),
    ("SHOW TBLPROPERTIES t1", "DLI.0007"), ("SHOW CREATE TABLE t1", "DLI.0007"), ("SHOW VIEWS", "DLI.0007"),
    ("SHOW PARTITIONS t2", "DLI.0007"), ("DESCRIBE QUERY SELECT 1", "DLI.0007"),
    ("SET spark.sql.shuffle.partitions=abc", "DLI.0001"), ("SET spark.sql.session.timeZone=Mars/X", "DLI.0001"),
]


@pytest.fixture(scope="module")
def client():
    with Server() as server:
        client = server.wait_ready().client()
        client.run("CREATE DATABASE shown COMMENT 'c'")
        for table in TABLES:
            client.run(table, "shown")
        yield client


@pytest.mark.parametrize("sql, schema, rows", CASES, ids=[case[0] for case in CASES])
def test_a_statement_shows_what_spark_shows(client, sql, schema, rows):
    status = client.run(sql, "shown")
    assert status["job_type"] == "DDL"
    assert [(field["name"], field["type"]) for field in json.loads(status["detail"])["fields"]] == schema
    if schema:
        preview = client.preview(status["job_id"])
        assert [list(column.items())[0] for column in preview["schema"]] == schema
        assert preview["rows"] == rows


@pytest.mark.parametrize("sql, code", REFUSED, ids=[case[0] for case in REFUSED])
def test_a_statement_that_cannot_be_answered_says_why(client, sql, code):
    status = client.wait(client.submit(sql, "shown"))
    assert status["status"] == "FAILED" and json.loads(status["message"])["error_code"] == code


def test_set_knows_the_conf_of_its_job(client):
    conf = ["spark.sql.shuffle.partitions = 7", "x=y"]
    assert client.rows("SET spark.sql.shuffle.partitions", conf=conf) == [["spark.sql.shuffle.partitions", "7"]]
    assert client.rows("SET", conf=conf) == [["spark.sql.shuffle.partitions", "7"], ["x", "y"]]
