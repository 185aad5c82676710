"""A filter on a column that another writer's table is partitioned by keeps the right rows, by whatever transform."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.partitioning import PartitionField, PartitionSpec  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform,  # noqa: E402
                                  MonthTransform, TruncateTransform, VoidTransform, YearTransform)
from pyiceberg.types import IntegerType, LongType, NestedField  # noqa: E402

from harness import comparisons, iceberg  # noqa: E402
from harness.comparisons import Column  # noqa: E402
from harness.partition_rows import FIRST_FIELD, PartitionRows  # noqa: E402

DECIMALS = ["c_decimal_4_2", "c_decimal_9_2", "c_decimal_18_2", "c_decimal_20_0", "c_decimal_38_10"]
TIMES = ["c_date", "c_timestamp", "c_timestamp_ntz"]
NUMBERS = ["c_int", "c_bigint"]
MARKS = tuple(sorted(("", "a", "ab", "e", "e\u0301", "e\u0301x", "a\u0308b", "\r", "\r\n", "\U0001F1E9\U0001F1EA",
                      "\U0001F468\u200D\U0001F469", "n\u0303", "zz", "京")))
ROWS, MARKED = PartitionRows(), PartitionRows(MARKS)
# A table for each, partitioned by all of these columns at once.
TRANSFORMS = {
    "identity": (IdentityTransform(), ROWS, ["c_boolean", *NUMBERS, *DECIMALS, *TIMES, "c_string", "c_binary"]),
    "void": (VoidTransform(), ROWS, ["c_int", "c_double", "c_timestamp", "c_string"]),
    "bucket": (BucketTransform(5), ROWS, [*NUMBERS, *DECIMALS, *TIMES, "c_string", "c_binary"]),
    "truncate": (TruncateTransform(10), ROWS, [*NUMBERS, "c_decimal_9_2", "c_decimal_10_10", "c_decimal_18_2"]),
    "truncate_wide": (TruncateTransform(10), ROWS,
                      ["c_decimal_19_2", "c_decimal_20_0", "c_decimal_38_0", "c_decimal_38_10"]),
    "truncate_text": (TruncateTransform(1), MARKED, ["c_string"]),
    "year": (YearTransform(), ROWS, TIMES),
    "month": (MonthTransform(), ROWS, TIMES),
    "day": (DayTransform(), ROWS, TIMES),
    "hour": (HourTransform(), ROWS, ["c_timestamp", "c_timestamp_ntz"])}
CASES = [(name, path) for name, (_, _, paths) in TRANSFORMS.items() for path in paths]


@pytest.fixture(scope="module")
def tables(catalog):
    """Makes the table of a transform when it is first asked for."""
    made = set()

    def table(name):
        if name not in made:
            make(catalog, name)
            made.add(name)
        return f"by_{name}"
    return table


def make(catalog, name):
    transform, rows, paths = TRANSFORMS[name]
    schema = iceberg.schema_of(rows)
    fields = (PartitionField(schema.find_field(path).field_id, FIRST_FIELD + n, transform, f"p_{path}")
              for n, path in enumerate(paths))
    table = catalog.create_table(f"default.by_{name}", schema, partition_spec=PartitionSpec(*fields))
    table.append(pa.Table.from_pylist(rows.as_dicts(), schema=table.schema().as_arrow()))


@pytest.mark.parametrize("name, path", CASES)
def test_a_filter_on_a_partition_column_keeps_the_right_rows(tables, client, name, path):
    rows = TRANSFORMS[name][1]
    asked = comparisons.comparisons(rows.column(path))
    assert comparisons.differences(client, tables(name), rows.values[path], asked) == []


def test_whole_numbers_near_the_end_of_their_type_are_found_though_truncation_wraps(client, catalog):
    for name, kind, bits in (("INT", IntegerType(), 32), ("BIGINT", LongType(), 64)):
        low, high = -2 ** (bits - 1), 2 ** (bits - 1) - 1
        values = [low, low + 5, low + 11, -1, 0, 1, high - 11, high - 5, high, None]
        schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "v", kind))
        table = catalog.create_table(f"default.ends_{bits}", schema, partition_spec=PartitionSpec(
            PartitionField(2, FIRST_FIELD, TruncateTransform(10), "tens")))
        table.append(pa.Table.from_pylist([{"id": n, "v": value} for n, value in enumerate(values)],
                                          schema=table.schema().as_arrow()))
        column = Column("v", name, tuple(values[:-1]), (low + 6, 7))
        assert comparisons.differences(client, f"ends_{bits}", values, comparisons.comparisons(column)) == []
