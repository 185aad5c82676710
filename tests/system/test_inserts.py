"""INSERT: what is stored and what is refused, as Spark 3.5 does it for `USING parquet` (storeAssignmentPolicy ANSI)."""
import json

import pytest

from harness.server import Server

TABLES = [
    "CREATE TABLE t (a INT, b STRING, c DOUBLE)",
    "CREATE TABLE s (b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, dc DECIMAL(5,2), st STRING, dt DATE, "
    "ts TIMESTAMP, bin BINARY)",
    "CREATE TABLE n (a ARRAY<INT>, m MAP<STRING,INT>, r STRUCT<x:INT,y:STRING>)",
    "CREATE TABLE cv (c CHAR(3), v VARCHAR(3), n INT, l ARRAY<VARCHAR(3)>)",
]
UNSAFE = "[INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST] "
OVERFLOW = "[CAST_OVERFLOW_IN_TABLE_INSERT] Fail to insert a value of "
STORED = [
    ("INSERT INTO t (c, a) VALUES (2.5, 3)", "t", [[3, None, 2.5]]),
    ("INSERT INTO t BY NAME SELECT 'n' B, 10 a", "t", [[10, "n", None]]),
    ("WITH q AS (SELECT 8 a, 'cte' b, 0.5 c) INSERT INTO t SELECT * FROM q", "t", [[8, "cte", 0.5]]),
    ("FROM (SELECT 9 a, 'f' b, 1 c) INSERT INTO t SELECT *", "t", [[9, "f", 1.0]]),
    ("INSERT OVERWRITE TABLE t (a) VALUES (101)", "t", [[101, None, None]]),
    ("INSERT INTO s (i, l) SELECT 1.9D, 1.5", "s", [[None, 1, 1] + [None] * 7]),
    ("INSERT INTO s (f, dc) SELECT 1e300, 1.239", "s", [[None, None, None, "Infinity", None, 1.24] + [None] * 4]),
    ("INSERT INTO s (dc) SELECT double('NaN')", "s", [[None] * 10]),
    ("INSERT INTO s (st, bin) SELECT X'41', X'00'", "s", [[None] * 6 + ["A", None, None, "AA=="]]),
    ("INSERT INTO s (st) SELECT interval '1' day", "s", [[None] * 6 + ["INTERVAL '1' DAY", None, None, None]]),
    ("INSERT INTO s (dt, ts) SELECT timestamp'2024-01-01 10:00:00', date'2024-01-01'", "s",
     [[None] * 7 + ["2024-01-01", "2024-01-01 00:00:00", None]]),
    ("INSERT INTO n VALUES (array(1L,2L), map('a',1L), named_struct('p',1L,'q','z'))", "n",
     [[[1, 2], {"a": 1}, {"x": 1, "y": "z"}]]),
    ("INSERT INTO cv VALUES ('a', 'abc  ', 5, array('x  '))", "cv", [["a  ", "abc", 5, ["x  "]]]),
]
REFUSED = [
    ("INSERT INTO s (i) SELECT '1'", UNSAFE), ("INSERT INTO s (i) SELECT true", UNSAFE),
    ("INSERT INTO s (dt) SELECT '2024-01-01'", UNSAFE), ("INSERT INTO s (st) SELECT array(1)", UNSAFE),
    ("INSERT INTO s (bin) SELECT 'abc'", UNSAFE), ("INSERT INTO s (ts) SELECT 1L", UNSAFE),
    ("INSERT INTO s (i) SELECT 2147483648L", OVERFLOW + '"BIGINT" type into the "INT" type column `i` due'),
    ("INSERT INTO s (i) SELECT double('NaN')", OVERFLOW), ("INSERT INTO s (l) SELECT 1e19", OVERFLOW),
    ("INSERT INTO s (dc) SELECT 999.995", OVERFLOW), ("INSERT INTO s (dc) SELECT 999.999D", OVERFLOW),
    ("INSERT INTO n (a) SELECT array(3000000000L)",
     OVERFLOW + '"BIGINT" type into the "INT" type column `a`.`element` due'),
    ("INSERT INTO n (r) SELECT named_struct('x', 3000000000L, 'y', 'z')", OVERFLOW),
    ("INSERT INTO n (m) SELECT map('k', 3000000000L)", OVERFLOW),
    ("INSERT INTO cv (v) VALUES ('abcd')", "[EXCEED_LIMIT_LENGTH] "),
    ("INSERT INTO cv (l) VALUES (array('abcd'))", "[EXCEED_LIMIT_LENGTH] "),
    ("INSERT INTO t BY NAME SELECT 1 a, 1 zz", "[INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS] "),
    ("INSERT OVERWRITE t SELECT * FROM t", "[UNSUPPORTED_OVERWRITE.TABLE] "),
]


@pytest.fixture(scope="module")
def client():
    with Server() as server:
        client = server.wait_ready().client()
        for table in TABLES:
            client.run(table)
        yield client


@pytest.mark.parametrize("sql, table, rows", STORED, ids=[case[0] for case in STORED])
def test_an_insert_stores_what_spark_stores(client, sql, table, rows):
    client.run(f"TRUNCATE TABLE {table}")
    client.run(sql)
    assert client.rows(f"SELECT * FROM {table}") == rows


@pytest.mark.parametrize("sql, start", REFUSED, ids=[case[0] for case in REFUSED])
def test_an_insert_that_spark_refuses_is_refused_with_its_class(client, sql, start):
    status = client.wait(client.submit(sql))
    assert status["status"] == "FAILED"
    assert json.loads(status["message"])["error_msg"].startswith(start), status["message"]
