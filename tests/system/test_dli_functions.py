"""DLI's own functions and statements, through the whole server: what needs tables, workers or job types."""
import json

import pytest


def failure(client, sql):
    document = client.wait(client.submit(sql))
    assert document["status"] == "FAILED", sql
    return json.loads(document["message"])


def test_max_pt_reads_the_greatest_partition_that_holds_data(client):
    client.run("CREATE TABLE sales (amount INT, day STRING) PARTITIONED BY (day)")
    assert client.rows("SELECT max_pt('sales')") == [[None]]
    client.run("INSERT INTO sales VALUES (1, '20120801'), (2, '20120802'), (3, '20120802')")
    latest = "SELECT amount FROM sales WHERE day = max_pt('default.sales') ORDER BY amount"
    assert client.rows(latest) == [[2], [3]]
    client.run("INSERT INTO sales VALUES (4, '20120803')")
    assert client.rows(latest) == [[4]]
    document = client.run("SELECT max_pt('default.sales')")
    assert document["table_name"] == "sales"


def test_trans_array_makes_rows_of_a_table(client):
    client.run("CREATE TABLE staff (dept STRING, names STRING)")
    client.run("INSERT INTO staff VALUES ('d1', 'ann/bob'), ('d2', NULL)")
    rows = client.rows("SELECT trans_array(1, '/', dept, names) AS (dept, name) FROM staff")
    assert sorted(rows, key=str) == [["d1", "ann"], ["d1", "bob"], ["d2", None]]


def test_dates_follow_the_session_and_nest(client):
    nested = "dateadd(dateadd(dateadd(dateadd('2023-08-14', 1, 'mm'), 1, 'dd'), 1, 'hh'), 1, 'yyyy')"
    assert client.rows(f"SELECT {nested}, to_char({nested}, 'yyyymmdd')") == [["2024-09-15 01:00:00", "20240915"]]
    ahead = client.rows("SELECT datediff1(getdate(), date_format(current_timestamp(), 'yyyy-MM-dd HH:mm:ss'), 'mi')",
                        conf=["spark.sql.session.timeZone = Asia/Shanghai"])
    assert ahead[0][0] in (0, 1)


@pytest.mark.parametrize("sql, code, words", [
    ("SELECT instr1('abc', 'b', 0)", "DLI.0999", "[INVALID_PARAMETER_VALUE]"),
    ("SELECT javahash(NULL)", "DLI.0999", "[INVALID_PARAMETER_VALUE.NULL]"),
    ("SELECT url_encode('\u6570', 'GBK')", "DLI.0007", "[UNSUPPORTED_FEATURE.CHARSET]"),
    ("SELECT dateadd('2023-08-14', 1, 'fortnight')", "DLI.0005", "[INVALID_PARAMETER_VALUE.DATETIME_UNIT]"),
    ("SELECT max_pt('nothing')", "DLI.0005", "[TABLE_OR_VIEW_NOT_FOUND]"),
])
def test_a_wrong_argument_is_the_users_error(client, sql, code, words):
    error = failure(client, sql)
    assert error["error_code"] == code and error["error_msg"].startswith(words)


@pytest.mark.parametrize("sql, kind", [
    ("GRANT SELECT ON databases.db1.tables.tb1 TO USER user1", "DCL"),
    ("SHOW PRINCIPALS role1", "DCL"),
    ("RESTORE TABLE t TO INITIAL LAYOUT", "DDL"),
    ("ALTER TABLE t DROP PARTITIONS (dt < '2020')", "DDL"),
    ("LOAD DATA INPATH 'obs://b/p' INTO TABLE t OPTIONS ('DELIMITER' = ',')", "IMPORT"),
])
def test_statements_of_dli_alone_are_refused_by_name(client, sql, kind):
    document = client.wait(client.submit(sql))
    assert document["job_type"] == kind and document["status"] == "FAILED"
    assert json.loads(document["message"])["error_code"] == "DLI.0007"
