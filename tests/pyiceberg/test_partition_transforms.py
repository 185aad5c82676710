"""A filter on a column that another writer's table is partitioned by keeps the right rows, by whatever transform."""
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
# A table for each transform, partitioned by all of these columns at once.
TRANSFORMS = {
    "identity": (IdentityTransform(), ["c_boolean", *NUMBERS, *DECIMALS, *TIMES, "c_string", "c_binary"]),
    "void": (VoidTransform(), ["c_int", "c_double", "c_timestamp", "c_string"]),
    "bucket": (BucketTransform(5), [*NUMBERS, *DECIMALS, *TIMES, "c_string", "c_binary"]),
    "truncate": (TruncateTransform(10), [*NUMBERS, "c_decimal_10_10", "c_decimal_18_2"]),
    "year": (YearTransform(), TIMES),
    "month": (MonthTransform(), ["c_date"]),
    "day": (DayTransform(), ["c_date"]),
    "hour": (HourTransform(), ["c_timestamp", "c_timestamp_ntz"])}
PARTITIONS, COPIES = 14, 2


class Rows:
    """Fourteen rows of the values of all columns and one of NULLs, twice: as many partitions, of two rows each."""

    def __init__(self):
        scalars = columns_of_all_types.scalars(nan=False)
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


def test_a_table_partitioned_anew_several_times_is_read_by_all_its_partitions(catalog, client):
    columns = [COLUMNS["c_int"], COLUMNS["c_string"]]
    table = catalog.create_table("default.evolved", Schema(NestedField(1, "id", LongType()),
                                                           NestedField(2, "c_int", IntegerType()),
                                                           NestedField(3, "c_string", StringType())))
    steps = [lambda update: None, lambda update: update.add_field("c_int", TruncateTransform(10), "tens"),
             lambda update: update.remove_field("tens").add_field("c_string", IdentityTransform(), "text"),
             lambda update: update.add_field("c_int", BucketTransform(3), "bucket")]
    rows = []
    for step in steps:
        with table.update_spec() as update:
            step(update)
        more = [{"id": len(rows) + n, **{one.path: ROWS.values[one.path][n] for one in columns}}
                for n in range(PARTITIONS + 1)]
        table.append(pa.Table.from_pylist(more, schema=table.schema().as_arrow()))
        rows += more
    with table.update_schema() as update:
        update.rename_column("c_string", "renamed")
    for column, name in zip(columns, ("c_int", "renamed"), strict=True):
        asked = comparisons.comparisons(Column(name, column.sql_type, column.values, column.absent))
        assert comparisons.differences(client, "evolved", [row[column.path] for row in rows], asked) == []


def test_a_partition_column_that_is_in_no_file_is_taken_from_the_partition(catalog, client):
    column = COLUMNS["c_int"]
    table = catalog.create_table(
        "default.moved", Schema(NestedField(1, "id", LongType()), NestedField(2, "c_int", IntegerType())),
        partition_spec=PartitionSpec(PartitionField(2, FIRST_FIELD, IdentityTransform(), "c_int")))
    values = ROWS.values["c_int"]
    rows = [{"id": n, "c_int": value} for n, value in enumerate(values)]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    for path in table.inspect.files()["file_path"].to_pylist():
        file = path.removeprefix("file://")
        pq.write_table(pq.read_table(file).drop_columns(["c_int"]), file)
    assert comparisons.differences(client, "moved", values, comparisons.comparisons(column)) == []
