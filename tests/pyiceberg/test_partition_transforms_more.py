"""A filter on a column that another writer's table is partitioned by keeps the right rows, by whatever transform."""
from dataclasses import replace

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.partitioning import PartitionField, PartitionSpec  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform,  # noqa: E402
                                  MonthTransform, TruncateTransform, VoidTransform, YearTransform)
from pyiceberg.types import IntegerType, LongType, NestedField, StringType  # noqa: E402

from harness import columns_of_all_types, comparisons, iceberg  # noqa: E402
from harness.comparisons import Column  # noqa: E402

FIRST_FIELD = 1000
DECIMALS = ["c_decimal_4_2", "c_decimal_9_2", "c_decimal_18_2", "c_decimal_20_0", "c_decimal_38_10"]
TIMES = ["c_date", "c_timestamp", "c_timestamp_ntz"]
NUMBERS = ["c_int", "c_bigint"]
# Transforms that the engine applies wrongly to some constants, and columns at which it does.
TRANSFORMS = {
    "truncate_narrow": (TruncateTransform(10), ["c_decimal_9_2"]),
    "truncate_wide": (TruncateTransform(10), ["c_decimal_19_2", "c_decimal_20_0", "c_decimal_38_0", "c_decimal_38_10"]),
    "truncate_text": (TruncateTransform(1), ["c_string"]),
    "month": (MonthTransform(), ["c_timestamp", "c_timestamp_ntz"]),
    "day": (DayTransform(), ["c_timestamp", "c_timestamp_ntz"])}
PARTITIONS, COPIES = 14, 2
MARKS = tuple(sorted(("", "a", "ab", "e", "e\u0301", "e\u0301x", "a\u0308b", "\r", "\r\n", "\U0001F1E9\U0001F1EA",
                      "\U0001F468\u200D\U0001F469", "n\u0303", "zz", "京"))) 


class Rows:
    """Fourteen rows of the values of all columns and one of NULLs, twice: as many partitions, of two rows each."""

    def __init__(self):
        scalars = [replace(one, values=MARKS) if one.path == "c_string" else one
                   for one in columns_of_all_types.scalars(nan=False)]
        # What lies so near to the end of its type that truncation leaves it: PyIceberg itself cannot write it.
        self.columns = [Column(one.path, one.sql_type, self.inner(one)) for one in scalars]
        self.values = {one.path: [*(one.values[n] for n in self.chosen(one)), None] * COPIES for one in self.columns}

    @staticmethod
    def chosen(column):
        return [n * len(column.values) // PARTITIONS for n in range(PARTITIONS)]

    @staticmethod
    def inner(column):
        return column.values[2:-2] if "INT" in column.sql_type or "DECIMAL" in column.sql_type else column.values

    def nested(self, ids, type_of):
        return []

    def as_dicts(self):
        count = len(next(iter(self.values.values())))
        return [{"id": row, "part": 0, **{name: values[row] for name, values in self.values.items()}}
                for row in range(count)]


ROWS = Rows()
COLUMNS = {column.path: column for column in ROWS.columns}
CASES = [(transform, path) for transform, (_, paths) in TRANSFORMS.items() for path in paths]


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
    transform, paths = TRANSFORMS[name]
    schema = iceberg.schema_of(ROWS)
    fields = (PartitionField(schema.find_field(path).field_id, FIRST_FIELD + n, transform, f"p_{path}")
              for n, path in enumerate(paths))
    table = catalog.create_table(f"default.by_{name}", schema, partition_spec=PartitionSpec(*fields))
    table.append(pa.Table.from_pylist(ROWS.as_dicts(), schema=table.schema().as_arrow()))


@pytest.mark.parametrize("transform, path", CASES)
def test_a_filter_on_a_partition_column_keeps_the_right_rows(tables, client, transform, path):
    asked = comparisons.comparisons(COLUMNS[path])
    assert comparisons.differences(client, tables(transform), ROWS.values[path], asked) == []


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


def test_a_table_whose_former_partition_column_is_dropped_is_read(client, catalog):
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "v", IntegerType()),
                    NestedField(3, "w", IntegerType()))
    table = catalog.create_table("default.former", schema, partition_spec=PartitionSpec(
        PartitionField(3, FIRST_FIELD, IdentityTransform(), "w")))
    values = [1, 2, None]
    table.append(pa.Table.from_pylist([{"id": n, "v": value, "w": n} for n, value in enumerate(values)],
                                      schema=table.schema().as_arrow()))
    with table.update_spec() as update:
        update.remove_field("w")
    with table.update_schema() as update:
        update.delete_column("w")
    column = Column("v", "INT", (1, 2), (9,))
    assert comparisons.differences(client, "former", values, comparisons.comparisons(column)) == []
