"""One rule of names at every door: SQL, the API, the Iceberg catalog."""
import pytest

BAD_OBJECTS = ["../x", " ", "a b", "a.b", "_x", "123", "库", "x" * 129, "x" * 5000, "a/b", "a\tb", "a%2fb", "..", "a;b",
               "é"]
BAD_COLUMNS = ["", "a\tb", "a\nb", "\x7f", "\x01", "x" * 256, "库" * 100]
GOOD_COLUMNS = ["库", "数量 (件)", "a b", "..", "../x", "count(1)", "12", "_x", "a`b", 'a"b', "a'b", "é", "x" * 255,
                "库" * 85]


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def refused(client, sql):
    answer = client.call("POST", "/jobs/submit-job", {"sql": sql})
    text = answer.body.decode()
    if answer.status == 200:
        text = client.wait(answer.json["job_id"])["message"]
    assert "DLI.0001" in text or "DLI.0004" in text, (sql[:100], text)
    assert "INTERNAL" not in text
    return text


@pytest.mark.parametrize("name", BAD_OBJECTS, ids=range(len(BAD_OBJECTS)))
def test_a_bad_name_of_a_database_or_table_is_refused_at_every_door(client, name):
    assert "INVALID_SCHEMA_OR_RELATION_NAME" in refused(client, f"CREATE DATABASE {quoted(name)}")
    assert "INVALID_SCHEMA_OR_RELATION_NAME" in refused(client, f"CREATE TABLE {quoted(name)} (a INT)")
    assert "INVALID_SCHEMA_OR_RELATION_NAME" in refused(client, f"CREATE TABLE {quoted(name)} AS SELECT 1 AS a")
    answer = client.call("POST", "/databases", {"database_name": name})
    assert answer.status == 400 and answer.code == "DLI.0001", answer
    answer = client.call("POST", "/databases/default/tables", {
        "table_name": name, "data_location": "DLI", "columns": [{"column_name": "a", "type": "int"}]})
    assert answer.status == 400 and answer.code == "DLI.0001", answer
    assert client.call("POST", "/jobs/check-sql", {"sql": f"CREATE DATABASE {quoted(name)}"}).status == 400


@pytest.mark.parametrize("name", BAD_COLUMNS, ids=range(len(BAD_COLUMNS)))
def test_a_bad_name_of_a_column_or_field_is_refused_at_every_door(client, name):
    refused(client, f"CREATE TABLE bad_column ({quoted(name)} INT)")
    refused(client, f"CREATE TABLE bad_column (s STRUCT<{quoted(name)}: INT>)")
    if name:  # an empty alias is none
        refused(client, f"CREATE TABLE bad_column AS SELECT 1 AS {quoted(name)}")
    answer = client.call("POST", "/databases/default/tables", {
        "table_name": "bad_column", "data_location": "DLI", "columns": [{"column_name": name, "type": "int"}]})
    assert answer.status == 400 and answer.code == "DLI.0001", answer
    tables = [table["table_name"] for table in client.ok("GET", "/databases/default/tables")["tables"]]
    assert "bad_column" not in tables


def test_columns_of_every_script_are_written_and_read_again(client):
    columns = ", ".join(f"{quoted(name)} INT" for name in GOOD_COLUMNS)
    assert client.run(f"CREATE TABLE scripts ({columns})")["status"] == "FINISHED"
    values = list(range(len(GOOD_COLUMNS)))
    assert client.run(f"INSERT INTO scripts VALUES ({', '.join(map(str, values))})")["status"] == "FINISHED"
    for place, name in enumerate(GOOD_COLUMNS):
        assert client.rows(f"SELECT {quoted(name)} FROM scripts WHERE {quoted(name)} = {place}") == [[place]]


def test_a_table_has_ten_thousand_columns_and_no_more(client):
    text = refused_limit(client, "CREATE TABLE wide (a INT" + "".join(f", a{i} INT" for i in range(10_000)) + ")")
    assert "TABLE_COLUMNS" in text
    many = ", ".join(f"a{i} INT" for i in range(10_000))
    assert client.run(f"CREATE TABLE wide ({many})")["status"] == "FINISHED"
    assert client.run("SELECT * FROM wide")["status"] == "FINISHED"


def refused_limit(client, sql):
    document = client.wait(client.submit(sql))
    assert document["status"] == "FAILED" and "DLI.0009" in document["message"], document
    return document["message"]
