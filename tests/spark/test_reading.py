"""Spark reads what the server wrote, every type from end to end, and filters it to the same rows."""
import math

import pytest

from harness import columns_of_all_types, comparisons, texts

ROWS = columns_of_all_types.Rows(columns_of_all_types.scalars())
COLUMNS = ROWS.every_column()
TEXTS = texts.Rows()
TABLES = {"parted": "PARTITIONED BY (part)", "whole": ""}
# Each filter is a scan of its own here: a column is asked one in so many, so that every kind meets several types.
ONE_IN = 14
EPOCH = columns_of_all_types.TIME(1970, 1, 1)
MICROSECOND = columns_of_all_types.datetime.timedelta(microseconds=1)


@pytest.fixture(scope="module", params=TABLES)
def table(request, client):
    name = f"read_{request.param}"
    columns = ", ".join(f"{name} {kind}" for name, kind in ROWS.sql_columns())
    client.run(f"CREATE TABLE {name} ({columns}) {TABLES[request.param]}")
    for half in (range(0, ROWS.count // 2), range(ROWS.count // 2, ROWS.count)):
        client.run(f"INSERT INTO {name} VALUES {', '.join(f'({ROWS.sql_row(row)})' for row in half)}")
    return name


def exact(value):
    """Tells -0.0 from 0.0, and NaN equal to itself."""
    if isinstance(value, float):
        return ("NaN",) if math.isnan(value) else (value, math.copysign(1, value))
    return bytes(value) if isinstance(value, bytearray) else value


def test_every_value_is_read_as_it_was_written(table, spark):
    # Spark's Python cannot hold the first day of its own calendar: microseconds instead.
    asked = [f"unix_micros({one.path})" if one.sql_type == "TIMESTAMP" else one.path for one in COLUMNS]
    read = {row[0]: row[1:] for row in spark.rows(f"SELECT id, li, ma, {', '.join(asked)} FROM {table}")}
    assert sorted(read) == list(range(ROWS.count))
    wrong = []
    for row, found in read.items():
        right = [ROWS.list(row), ROWS.map(row), *(ROWS.values[one.path][row] for one in COLUMNS)]
        for name, value, seen in zip(("li", "ma", *asked), right, found, strict=True):
            if name.startswith("unix_micros") and value is not None:
                value = (value.replace(tzinfo=None) - EPOCH) // MICROSECOND
            if exact(seen) != exact(value):
                wrong.append((row, name, value, seen))
    assert wrong == []


@pytest.mark.parametrize("turn, column", enumerate(COLUMNS), ids=lambda one: getattr(one, "path", ""))
def test_a_filter_keeps_the_right_rows(table, spark, turn, column):
    first = (turn + ONE_IN // 2 * (table == "read_whole")) % ONE_IN
    asked = comparisons.comparisons(column)[first::ONE_IN]
    assert comparisons.differences(spark, table, ROWS.values[column.path], asked) == []


def test_structs_lists_and_maps_that_are_null_are_found(table, spark):
    for name, of_row in (("st", ROWS.struct), ("li", ROWS.list), ("ma", ROWS.map)):
        values = [of_row(row) for row in range(ROWS.count)]
        assert comparisons.differences(spark, table, values, comparisons.presence(name)) == []


def test_texts_of_every_script_are_found(client, spark):
    scripts = list(texts.SCRIPTS)
    columns = ", ".join(f"{name} STRING" for name in scripts)
    client.run(f"CREATE TABLE scripts (id BIGINT, {columns})")
    rows = (", ".join([str(row), *(comparisons.literal(TEXTS.values[name][row], "STRING") for name in scripts)])
            for row in range(TEXTS.count))
    client.run(f"INSERT INTO scripts VALUES {', '.join(f'({row})' for row in rows)}")
    read = {row[0]: row[1:] for row in spark.rows("SELECT * FROM scripts")}
    assert read == {row: [TEXTS.values[name][row] for name in scripts] for row in range(TEXTS.count)}
    for turn, name in enumerate(scripts):
        asked = TEXTS.asked(name)[turn % ONE_IN::ONE_IN]
        assert comparisons.differences(spark, "scripts", TEXTS.values[name], asked) == []
