"""Spark appends to, deletes from, updates, merges into and evolves tables of the server, which reads the outcome."""
import pytest

MODES = ("merge-on-read", "copy-on-write")


def both(client, spark, sql):
    """What both engines answer, in the order of the rows."""
    mine = sorted(client.rows(sql), key=str)
    assert sorted(spark.rows(sql), key=str) == mine
    return mine


def set_modes(spark, table, mode):
    wanted = ", ".join(f"'write.{change}.mode'='{mode}'" for change in ("delete", "update", "merge"))
    spark.run(f"ALTER TABLE {table} SET TBLPROPERTIES ({wanted})")


@pytest.fixture(params=[(mode, parted) for mode in MODES for parted in ("", "PARTITIONED BY (p)")],
                ids=["mor-whole", "mor-parted", "cow-whole", "cow-parted"])
def table(request, client, spark):
    """Twelve rows of the server in two files or more, and how Spark is to change them."""
    mode, parted = request.param
    name = f"{mode.replace('-', '_')}_{'parted' if parted else 'whole'}"
    client.run(f"CREATE TABLE {name} (n BIGINT, s STRING, p STRING) {parted}")
    for first in (0, 6):
        client.run(f"INSERT INTO {name} SELECT id, concat('row ', id), IF(id % 3 = 0, NULL, concat('北', id % 3)) "
                   f"FROM range({first}, {first + 6})")
    set_modes(spark, name, mode)
    return name


def test_appends_deletes_updates_and_merges_are_read(client, spark, table):
    spark.run(f"INSERT INTO {table} VALUES (100, 'spark''s', '北1'), (101, NULL, NULL), (102, '京', 'a/b=c%')")
    client.run(f"INSERT INTO {table} VALUES (103, 'ours', 'a/b=c%')")
    assert len(both(client, spark, f"SELECT * FROM {table}")) == 16
    assert both(client, spark, f"SELECT n FROM {table} WHERE p = 'a/b=c%'") == [[102], [103]]
    spark.run(f"DELETE FROM {table} WHERE n >= 100")
    spark.run(f"DELETE FROM {table} WHERE n IN (1, 7)")
    assert both(client, spark, f"SELECT count(*) AS c, sum(n) AS n FROM {table}") == [[10, 58]]
    spark.run(f"UPDATE {table} SET s = 'changed', p = 'moved' WHERE n % 4 = 0")
    assert both(client, spark, f"SELECT n FROM {table} WHERE s = 'changed' AND p = 'moved'") == [[0], [4], [8]]
    spark.run(f"MERGE INTO {table} t USING (SELECT * FROM VALUES (2, 'two'), (200, 'new') AS v(k, v)) m ON t.n = m.k "
              "WHEN MATCHED THEN UPDATE SET s = m.v WHEN NOT MATCHED THEN INSERT (n, s, p) VALUES (m.k, m.v, 'm')")
    assert both(client, spark, f"SELECT n, s FROM {table} WHERE s IN ('two', 'new')") == [[2, "two"], [200, "new"]]
    client.run(f"INSERT INTO {table} VALUES (300, 'after', '北1')")
    rows = both(client, spark, f"SELECT * FROM {table}")
    assert len(rows) == 12 and len(both(client, spark, f"SELECT * FROM {table} WHERE n > 5")) == 7
    spark.run(f"DELETE FROM {table} WHERE p = '北1'")
    assert len(both(client, spark, f"SELECT * FROM {table} WHERE p IS NULL OR p <> '北1'")) == len(
        [row for row in rows if row[2] != "北1"])
    client.run(f"INSERT OVERWRITE TABLE {table} SELECT 1, 'x', 'y'")
    assert both(client, spark, f"SELECT * FROM {table}") == [[1, "x", "y"]]


@pytest.mark.parametrize("vectorised", ["true", "false"])
def test_columns_are_added_renamed_dropped_and_widened(client, spark, vectorised):
    name = f"evolved_{vectorised}"
    client.run(f"CREATE TABLE {name} (a INT, f FLOAT, d DECIMAL(9,2), gone STRING, st STRUCT<x: INT>)")
    client.run(f"INSERT INTO {name} VALUES (-2147483648, CAST('NaN' AS FLOAT), -1.25, 'g', named_struct('x', 1)), "
               "(NULL, CAST(1.5 AS FLOAT), NULL, NULL, NULL)")
    spark.run(f"ALTER TABLE {name} SET TBLPROPERTIES ('read.parquet.vectorization.enabled'='{vectorised}')")
    for change in ("ALTER COLUMN a TYPE BIGINT", "ALTER COLUMN f TYPE DOUBLE", "ALTER COLUMN d TYPE DECIMAL(20,2)",
                   "ALTER COLUMN st.x TYPE BIGINT", "ADD COLUMN st.y STRING", "DROP COLUMN gone",
                   "ADD COLUMN gone INT FIRST", "RENAME COLUMN a TO b"):
        spark.run(f"ALTER TABLE {name} {change}")
    for step, sql in enumerate((None, f"INSERT INTO {name} VALUES (7, 5000000000, 2.5, 123456789012.25, "
                                      "named_struct('x', 6000000000, 'y', 'z'))")):
        for engine in (client, spark):
            if sql:
                engine.run(sql)
            plain = both(client, spark, f"SELECT b, CAST(d AS STRING) AS d, gone, st.x AS x, st.y AS y FROM {name}")
            assert plain[0] == [-2147483648, "-1.25", None, 1, None] and [None] * 5 in plain
        assert both(client, spark, f"SELECT b FROM {name} WHERE b < 0 OR st.x = 1") == [[-2147483648]]
        assert both(client, spark, f"SELECT count(*) AS n FROM {name} WHERE b > 4000000000") == [[2 * step]]
        assert both(client, spark, f"SELECT count(*) AS n FROM {name} WHERE f > 1e300D") == [[1]]
        assert both(client, spark, f"SELECT count(*) AS n FROM {name} WHERE d = -1.25") == [[1]]


def test_what_the_server_cannot_keep_is_refused_by_name(client, spark):
    for create, said in (("(n INT) TBLPROPERTIES ('format-version'='1')", "version"),
                         ("(n INT) TBLPROPERTIES ('format-version'='3')", "version"),
                         ("(n INT) TBLPROPERTIES ('write.format.default'='orc')", "write.format.default"),
                         ("(n INT) TBLPROPERTIES ('write.format.default'='avro')", "write.format.default")):
        try:
            spark.run(f"CREATE TABLE odd {create}")
            spark.run("INSERT INTO odd VALUES (1)")
        except Exception as refused:
            assert said in str(refused).lower(), refused
        else:
            assert client.rows("SELECT * FROM odd") == [[1]], create
        spark.run("DROP TABLE IF EXISTS odd")
