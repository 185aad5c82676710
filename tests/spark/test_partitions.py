"""Tables that Spark makes, partitioned by transforms: the server reads and writes them, each row into its partition."""
import pytest

TIMES = ("TIMESTAMP'1969-12-31 23:30:00'", "TIMESTAMP'1969-12-30 00:00:00.000001'", "TIMESTAMP'2024-02-29 12:30:00'",
         "TIMESTAMP'1582-10-10 12:00:00'", "TIMESTAMP'9999-12-31 23:59:59.999999'", "NULL")
DATES = ("DATE'1969-12-31'", "DATE'1970-01-01'", "DATE'2024-02-29'", "DATE'0001-01-01'", "DATE'9999-12-31'", "NULL")
TEXTS = ("'北京市朝阳区'", "'e\u0301x'", "'\U0001F600z'", "''", "'a/b=c%'", "NULL")
DECIMALS = ("-123.45", "-0.01", "0", "99999.99", "3", "NULL")
LONGS = ("-9223372036854775808", "-1", "0", "34", "9223372036854775807", "NULL")
BINARIES = ("X''", "X'00FF'", "X'FFFFFFFF'", "X'61'", "X'80'", "NULL")
COLUMNS = {"l": ("BIGINT", LONGS), "ts": ("TIMESTAMP", TIMES), "nt": ("TIMESTAMP_NTZ", tuple(
    one.replace("TIMESTAMP", "TIMESTAMP_NTZ") for one in TIMES)), "d": ("DATE", DATES), "s": ("STRING", TEXTS),
    "dc": ("DECIMAL(9,2)", DECIMALS), "b": ("BINARY", BINARIES)}
TIME_COLUMNS = ("ts", "nt", "d")
# A table for each transform, partitioned by all these columns at once.
TRANSFORMS = {"identity": ("{}", tuple(COLUMNS)), "bucket": ("bucket(5, {})", tuple(COLUMNS)),
              "truncate": ("truncate(2, {})", ("l", "s", "dc", "b")), "years": ("years({})", TIME_COLUMNS),
              "months": ("months({})", TIME_COLUMNS), "days": ("days({})", TIME_COLUMNS),
              "hours": ("hours({})", TIME_COLUMNS[:2])}
BRANCHES = 8


def statement(rows, first):
    return ", ".join("(" + ", ".join([str(first + row), *(values[row] for _, values in COLUMNS.values())]) + ")"
                     for row in rows)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_rows_of_the_server_lie_where_spark_puts_the_same_rows(client, spark, transform):
    name, (text, parted) = f"by_{transform}", TRANSFORMS[transform]
    columns = ", ".join(f"{one} {kind}" for one, (kind, _) in COLUMNS.items())
    spark.run(f"CREATE TABLE {name} (id BIGINT, {columns}) PARTITIONED BY ({', '.join(map(text.format, parted))})")
    every = range(len(LONGS))
    spark.run(f"INSERT INTO {name} VALUES {statement(every, 0)}")
    client.run(f"INSERT INTO {name} VALUES {statement(every, 100)}")
    # As each file tells, and as the partitions are told of each row.
    seen = spark.rows("SELECT CAST(partition AS STRING), count(*), sum(record_count) "
                      f"FROM `default`.{name}.files GROUP BY 1")
    assert [row for row in seen if row[1] % 2 or row[1] != row[2]] == []
    placed = spark.rows(f"SELECT id % 100 AS n, count(DISTINCT CAST(_partition AS STRING)), count(*) FROM {name} "
                        "GROUP BY 1 ORDER BY 1")
    assert placed == [[row, 1, 2] for row in every]
    asked = [f"{column} {operator} {COLUMNS[column][1][row]}" for column in parted
             for operator, row in (("=", 2), ("<=", 1), (">", 0), ("<>", 4))] + [f"{one} IS NULL" for one in parted]
    kept = "SELECT {} AS q, count(*) AS c, sum(id % 100) AS s, sum(id) AS t FROM {} WHERE {}".format
    every_sql = [kept(number, name, where) for number, where in enumerate(asked)]
    mine = sorted(client.rows(" UNION ALL ".join(every_sql)))
    # Spark plans long unions slowly.
    theirs = [row for first in range(0, len(asked), BRANCHES)
              for row in spark.rows(" UNION ALL ".join(every_sql[first:first + BRANCHES]))]
    assert mine == sorted(theirs)
    # Both files of a row are kept, or neither: nobody loses a row of the other.
    assert [asked[n] for n, count, rest, total in mine if count and total - 100 * (count // 2) != rest] == []
    assert [asked[n] for n, count, *_ in mine if n < len(asked) - len(parted) and n % 4 == 0 and not count] == []


def test_a_table_partitioned_anew_is_written_by_both(client, spark):
    client.run("CREATE TABLE anew (d DATE, n BIGINT) PARTITIONED BY (n)")
    client.run("INSERT INTO anew VALUES (DATE'2024-01-01', 1)")
    spark.run("ALTER TABLE anew REPLACE PARTITION FIELD n WITH bucket(4, n)")
    spark.run("ALTER TABLE anew ADD PARTITION FIELD months(d)")
    for engine in (client, spark):
        engine.run("INSERT INTO anew VALUES (DATE'1969-12-31', 1), (NULL, 2), (DATE'2024-01-31', NULL)")
    for sql, right in (("SELECT count(*) AS c FROM anew", 7), ("SELECT count(*) AS c FROM anew WHERE n = 1", 3),
                       ("SELECT count(*) AS c FROM anew WHERE d >= DATE'2024-01-01'", 3)):
        assert client.rows(sql) == [[right]] and spark.rows(sql) == [[right]]
