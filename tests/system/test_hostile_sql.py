"""SQL that tries to reach files, the network, the engine or the environment."""
import pytest

FILES = [
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')", "SELECT * FROM read_json('/etc/hosts')",
    "SELECT * FROM glob('/etc/*')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM \"/etc/passwd\"",
    "SELECT * FROM `/etc/passwd`", "SELECT * FROM csv.`/etc/passwd`", "SELECT * FROM parquet.`file:///etc/x`",
    "SELECT * FROM text.`/etc/passwd`", "SELECT * FROM binaryFile.`/etc/passwd`",
    "COPY (SELECT 1) TO '/tmp/sluice-hostile.csv'", "COPY t FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/sluice-hostile'",
    "INSERT OVERWRITE DIRECTORY '/tmp/sluice-hostile' USING csv SELECT 1",
    "INSERT OVERWRITE LOCAL DIRECTORY '/tmp/sluice-hostile' SELECT 1",
    "CREATE TABLE h1 (a STRING) USING csv LOCATION '/etc'",
    "CREATE TABLE h2 (a STRING) USING csv LOCATION 'file:///etc'",
    "CREATE TABLE h3 (a STRING) USING csv OPTIONS (path '/etc/passwd')",
    "CREATE TABLE h4 (a STRING) USING csv OPTIONS (path 'obs://bucket/../../etc/passwd')",
    "CREATE TABLE h5 (a STRING) USING csv OPTIONS (path 'obs://bucket/%2e%2e/x')",
    "LOAD DATA LOCAL INPATH '/etc/passwd' INTO TABLE t", "SELECT sniff_csv('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')", "SELECT * FROM parquet_metadata('/x')",
    "SELECT * FROM iceberg_scan('/x')", "SELECT * FROM iceberg_metadata('/x')",
]
NETWORK = [
    "SELECT * FROM read_csv('http://127.0.0.1:1/x')", "SELECT * FROM read_parquet('s3://b/x')",
    "SELECT * FROM postgres_scan('host=127.0.0.1', 's', 't')", "SELECT * FROM 'https://example.com/x.parquet'",
    "CREATE TABLE h6 (a INT) USING jdbc OPTIONS (url 'jdbc:postgresql://127.0.0.1/x', dbtable 't')",
    "SELECT http_get('http://127.0.0.1:1/')",
]
ENGINE = [
    "ATTACH '/tmp/sluice-hostile.db' AS x", "ATTACH 'x.db' (TYPE sqlite)", "DETACH dli", "INSTALL httpfs",
    "LOAD httpfs", "LOAD '/tmp/x.so'", "PRAGMA database_list", "PRAGMA show_tables", "CALL pragma_version()",
    "SET memory_limit = '100GB'; SELECT 1", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_functions()", "SELECT * FROM pragma_table_info('t')",
    "SELECT * FROM information_schema.tables", "SELECT * FROM pg_catalog.pg_class", "SELECT * FROM sqlite_master",
    "SELECT * FROM system.information_schema.tables", "SELECT * FROM memory.main.x", "SELECT * FROM temp.main.x",
    "SELECT * FROM fn.spark.x", "SELECT current_setting('memory_limit')", "SELECT getvariable('x')",
    "CREATE SECRET s (TYPE s3)", "DROP SECRET s", "CREATE MACRO m(a) AS a", "CREATE TYPE t AS ENUM ('a')",
    "CREATE SEQUENCE s", "CHECKPOINT", "FORCE CHECKPOINT", "VACUUM", "BEGIN TRANSACTION", "COMMIT", "ROLLBACK",
    "PREPARE p AS SELECT 1", "EXECUTE p", "FROM range(3)", "SUMMARIZE SELECT 1", "PIVOT t ON a USING sum(b)",
    "SELECT query('SELECT 1')", "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('t')",
    "SELECT json_execute_serialized_sql('x')", "SELECT * FROM json_execute_serialized_sql('x')",
    "SELECT nextval('s')", "SELECT txid_current()", "SELECT add_parquet_key('a', 'b')",
    "SELECT * FROM test_all_types()",
    "SELECT * FROM repeat_row(1, num_rows = 3)", "SELECT write_log('x')", "SELECT parse_duckdb_log_message('a', 'b')",
    "SELECT which_secret('s3://b/x', 's3')", "SELECT * FROM which_secret('s3://b/x', 's3')",
]
ENVIRONMENT = [
    "SELECT getenv('HOME')", "SELECT reflect('java.lang.System', 'getenv', 'PATH')",
    "SELECT java_method('java.lang.System', 'exit', 1)", "SELECT TRANSFORM (1) USING 'cat /etc/passwd' AS (a)",
    "ADD JAR '/tmp/x.jar'", "ADD FILE '/etc/passwd'", "LIST JARS",
    "CREATE FUNCTION f AS 'com.example.F' USING JAR '/tmp/x.jar'", "CREATE TEMPORARY FUNCTION f AS 'com.example.F'",
    "SELECT system('id')", "SELECT shell('id')", "SELECT * FROM shell('id')",
]
LEAKS = ("duckdb", "root:", "libduckdb", "IO Error", "Catalog Error", "Binder Error", "Permission Error", "scratch/")


@pytest.mark.parametrize("sql", FILES + NETWORK + ENGINE + ENVIRONMENT)
def test_a_way_out_of_the_service_is_refused_by_name(client, sql):
    answer = client.call("POST", "/jobs/submit-job", {"sql": sql})
    if answer.status == 200:
        document = client.wait(answer.json["job_id"])
        assert document["status"] == "FAILED", document
        text = document["message"]
    else:
        assert answer.status == 400, answer
        text = answer.json["error_code"] + " " + answer.json["error_msg"]
    assert any(f"DLI.{code}" in text for code in ("0001", "0002", "0003", "0004", "0005", "0007")), text
    hidden = text.replace(sql, "")
    assert not [leak for leak in LEAKS if leak.lower() in hidden.lower() and leak.lower() not in sql.lower()], text


def test_nothing_was_written_outside(client):
    import glob
    assert client.run("SELECT 1 AS one")["status"] == "FINISHED"
    assert glob.glob("/tmp/sluice-hostile*") == []


DEEP = 10_000
PATIENCE_S = 30
TALL = {
    "parentheses": "SELECT " + "(" * DEEP + "1" + ")" * DEEP,
    "additions": "SELECT " + "+".join(["1"] * 50_000),
    "minuses": "SELECT " + "- " * DEEP + "1",
    "nots": "SELECT " + "NOT " * DEEP + "true",
    "sub-queries": "SELECT * FROM (" * 2000 + "SELECT 1" + ")" * 2000,
    "cases": "SELECT " + "CASE WHEN true THEN " * 3000 + "1" + " END" * 3000,
    "casts": "SELECT " + "CAST(" * 3000 + "1" + " AS INT)" * 3000,
    "types": "SELECT CAST(NULL AS " + "ARRAY<" * 3000 + "INT" + ">" * 3000 + ")",
    "unions": " UNION ALL ".join(["SELECT 1"] * 20_000),
    "joins": "SELECT 1 FROM range(1) t0 " + " ".join(f"CROSS JOIN range(1) t{i}" for i in range(1, 5000)),
    "withs": "WITH " + ", ".join(f"c{i} AS (SELECT 1)" for i in range(10_000)) + " SELECT 1",
    "columns": "SELECT " + ", ".join(["1"] * 100_000),
    "comments": "SELECT 1 " + "/*" * 100_000,
    "quotes": "SELECT '" + "a" * 400_000,
    "names": "SELECT " + "a." * 50_000 + "a",
    "long names": "SELECT 1 AS " + "a" * 400_000,
    "digits": "SELECT " + "9" * 400_000,
    "nothing": "", "blanks": " \n\t ", "a semicolon": ";", "a comment": "-- nothing", "a NUL": "SELECT 1\0",
    "control characters": "".join(map(chr, range(1, 32))), "other scripts": "SELECT \u202e 1 \ufeff FROM \U0001f600",
}


@pytest.mark.parametrize("what", TALL)
def test_a_monstrous_statement_is_an_answer_and_no_crash(server, client, what):
    answer = client.call("POST", "/jobs/submit-job", {"sql": TALL[what]})
    if answer.status == 200:
        job_id = answer.json["job_id"]
        try:
            assert client.wait(job_id, PATIENCE_S)["status"] in ("FINISHED", "FAILED")
        except AssertionError:  # long is allowed; what cannot be stopped is not
            client.cancel(job_id)
            client.wait(job_id, PATIENCE_S)
    else:
        assert answer.status == 400 and answer.code.startswith("DLI."), answer
    assert server.process.poll() is None
    assert client.call("POST", "/jobs/check-sql", {"sql": TALL[what]}).status in (200, 400)


@pytest.mark.parametrize("characters, wanted", [(499_000, 200), (500_001, 400), (1_100_000, 400)])
def test_the_length_of_a_statement_is_limited(client, characters, wanted):
    sql = "SELECT 1 AS one -- " + "x" * (characters - 19)
    assert client.call("POST", "/jobs/submit-job", {"sql": sql}).status == wanted


def test_a_statement_is_one_statement(client):
    assert client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1; SELECT 2"}).code == "DLI.0004"
    assert client.run("SELECT 1 AS one;;")["status"] == "FINISHED"


def test_nothing_of_one_job_is_visible_to_the_next(client):
    client.run("SET spark.sql.session.timeZone = Asia/Shanghai")
    client.ok("POST", "/databases", {"database_name": "elsewhere"})
    client.run("USE elsewhere")
    client.run("CREATE TABLE only_here (a INT)", "elsewhere")
    assert client.wait(client.submit("SELECT * FROM only_here"))["status"] == "FAILED"
    assert client.rows("SELECT current_database() AS d") == [["default"]]
    assert client.rows("SELECT current_timezone() AS z") == [["UTC"]]
