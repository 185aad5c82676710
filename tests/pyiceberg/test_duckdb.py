"""Bare DuckDB at the catalog, with its own Iceberg extension: reads, filters, appends and deletes."""
import datetime

import pytest

duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")

from harness import columns_of_all_types, comparisons, texts  # noqa: E402
from harness.server import ROOT  # noqa: E402

EXTENSIONS = ROOT / "build/deps/duckdb/ext"
# Without NaN: its own pruning passes over files that hold some.
ROWS = columns_of_all_types.Rows(columns_of_all_types.scalars(nan=False))
COLUMNS = ROWS.every_column()
EPOCH = columns_of_all_types.TIME(1970, 1, 1, tzinfo=comparisons.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
LONG_TEXT = "北京市朝阳区建国路八十八号"
OPERATORS = ("=", "<>", "<", "<=", ">", ">=")


@pytest.fixture(scope="module")
def engine(server):
    """A connection with the server's catalog as `lake`."""
    keys = server.credentials()
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false",
                                        "autoload_known_extensions": "false"})
    for name in ("avro", "httpfs", "iceberg"):
        connection.execute(f"LOAD '{EXTENSIONS / name}.duckdb_extension'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE SECRET (TYPE iceberg, CLIENT_ID '{keys.access_key}', CLIENT_SECRET '{keys.secret_key}',"
                       f" OAUTH2_SERVER_URI '{keys.endpoint}/iceberg/v1/oauth/tokens')")
    connection.execute(f"ATTACH '{keys.project_id}' AS lake (TYPE iceberg, ENDPOINT '{keys.endpoint}/iceberg')")
    connection.execute("USE lake.default")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def own(client):
    columns = ", ".join(f"{name} {kind}" for name, kind in ROWS.sql_columns())
    client.run(f"CREATE TABLE own ({columns}) PARTITIONED BY (part)")
    client.run(f"INSERT INTO own VALUES {', '.join(f'({ROWS.sql_row(row)})' for row in range(ROWS.count))}")
    return "own"


def test_every_value_is_read_as_it_was_written(own, engine):
    # Its Python wants a further package for moments with a zone: microseconds instead.
    asked = [f"epoch_us({one.path})" if one.sql_type == "TIMESTAMP" else one.path for one in COLUMNS]
    found = engine.execute(f"SELECT li, ma, {', '.join(asked)} FROM {own} ORDER BY id").fetchall()
    for row, (numbers, mapped, *values) in enumerate(found):
        assert (numbers, mapped) == (ROWS.list(row), ROWS.map(row))
        for column, value in zip(COLUMNS, values, strict=True):
            right = ROWS.values[column.path][row]
            if column.sql_type == "TIMESTAMP" and right is not None:
                right = (right - EPOCH) // MICROSECOND
            assert repr(value) == repr(right), (row, column.path)
    assert len(found) == ROWS.count


def test_a_filter_keeps_the_right_rows(own, engine):
    wrong = []
    for turn, column in enumerate(COLUMNS):
        middle, path = column.values[len(column.values) // 2], column.path
        asked = [comparisons.simple(column, OPERATORS[(turn + step) % len(OPERATORS)], middle) for step in (0, 3)]
        for comparison in (*asked, comparisons.presence(path)[turn % 2]):
            # Its SQL writes constants otherwise.
            where, bound = comparison.where, []
            if not where.endswith("NULL"):
                where, bound = f"{' '.join(where.split(' ')[:2])} ?", [middle]
            found = engine.execute(f"SELECT id FROM {own} WHERE {where} ORDER BY id", bound)
            right = comparisons.row_ids(comparisons.kept(ROWS.values[path], comparison))
            if [row for row, in found.fetchall()] != right:
                wrong.append(comparison.where)
    assert wrong == []


def test_its_bounds_that_end_inside_a_character_are_mended(client, engine):
    rows, scripts = texts.Rows(), list(texts.SCRIPTS)
    client.run(f"CREATE TABLE scripts (id BIGINT, {', '.join(f'{name} STRING' for name in scripts)})")
    engine.execute("CREATE TEMP TABLE gathered AS SELECT * FROM scripts")
    engine.executemany(f"INSERT INTO temp.gathered VALUES ({', '.join('?' * (len(scripts) + 1))})",
                       [[row, *(rows.values[name][row] for name in scripts)] for row in range(rows.count)])
    for half in ("<", ">="):
        engine.execute(f"INSERT INTO scripts SELECT * FROM temp.gathered WHERE id {half} {rows.count // 2}")
    for turn, name in enumerate(scripts):
        asked = rows.asked(name)[turn % 6::6]
        assert comparisons.differences(client, "scripts", rows.values[name], asked) == []


@pytest.mark.parametrize("parted", ["", "PARTITIONED BY (p)"], ids=["whole", "parted"])
def test_its_appends_and_deletes_are_read(client, engine, parted):
    name = f"changed_{'parted' if parted else 'whole'}"
    client.run(f"CREATE TABLE {name} (n BIGINT, s STRING, p STRING) {parted}")
    client.run(f"INSERT INTO {name} SELECT id, concat('京', id), IF(id % 2 = 0, '北', NULL) FROM range(6)")
    engine.execute(f"INSERT INTO {name} VALUES (10, ?, 'a/b=c%'), (11, NULL, NULL)", [LONG_TEXT])
    engine.execute(f"DELETE FROM {name} WHERE n IN (1, 2, 11)")
    engine.execute(f"UPDATE {name} SET s = 'changed' WHERE n = 3")
    client.run(f"INSERT INTO {name} VALUES (12, 'ours', 'a/b=c%')")
    right = [(0, "京0", "北"), (3, "changed", None), (4, "京4", "北"), (5, "京5", None),
             (10, LONG_TEXT, "a/b=c%"), (12, "ours", "a/b=c%")]
    assert engine.execute(f"SELECT * FROM {name} ORDER BY n").fetchall() == right
    assert client.rows(f"SELECT * FROM {name} ORDER BY n") == [list(row) for row in right]
    for where, ids in (("p = 'a/b=c%'", [10, 12]), ("p IS NULL", [3, 5]), ("s >= '北京市朝阳'", [10]),
                       ("s = 'changed'", [3])):
        assert client.rows(f"SELECT n FROM {name} WHERE {where} ORDER BY n") == [[n] for n in ids], where


EQUALITIES = ["v = X'00'", "v IN (X'00')", "v <=> X'00'", "NOT (v <> X'00')", "v = (SELECT X'00')",
              "v IN (SELECT X'00')", "n = X'00'", "d = 0", "d = -0.0D", "d IN (0D)", "d IN (SELECT 0D)",
              "f = 0", "f = CAST('-0.0' AS FLOAT)",
              "EXISTS (SELECT 1 FROM VALUES (X'00') AS k(v) WHERE k.v = t.v)"]


def count_each(client, table):
    return {test: client.rows(f"SELECT count(*) FROM {table} t WHERE {test}")[0][0] for test in EQUALITIES}


def test_bloom_filters_of_other_writers_hide_no_row(client, engine):
    """The engine asks them for other bytes than it puts in: BINARY that is not printable, zeros with a sign."""
    client.run("CREATE TABLE bloomed (v BINARY, d DOUBLE, f FLOAT, n BINARY)")
    engine.execute("INSERT INTO bloomed SELECT '\\x00'::BLOB, CASE WHEN i < 50 THEN '-0.0'::DOUBLE ELSE i END,"
                   " CASE WHEN i < 50 THEN '-0.0'::FLOAT ELSE i END, '\\x00'::BLOB FROM range(100) t(i)")
    halves = {test: 50 if test[0] in "df" else 100 for test in EQUALITIES}
    assert count_each(client, "bloomed") == halves
    # An append keeps the files that are there.
    client.run("INSERT INTO bloomed SELECT X'00', 0D, CAST(0 AS FLOAT), X'00' FROM range(10)")
    assert count_each(client, "bloomed") == {test: rows + 10 for test, rows in halves.items()}
    client.run("CREATE TABLE copied AS SELECT * FROM bloomed WHERE v = X'00'")
    assert count_each(client, "copied") == {test: rows + 10 for test, rows in halves.items()}
    client.run("INSERT OVERWRITE bloomed SELECT * FROM copied WHERE d = 0")
    assert client.rows("SELECT count(*), count_if(v = X'00'), count_if(d = 0) FROM bloomed") == [[60, 60, 60]]
