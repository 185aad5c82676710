"""Tables whose partitioning another writer changed, or whose partition column is in no file, are read whole."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.partitioning import PartitionField, PartitionSpec  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.transforms import BucketTransform, IdentityTransform, TruncateTransform  # noqa: E402
from pyiceberg.types import IntegerType, LongType, NestedField, StringType  # noqa: E402

from harness import comparisons  # noqa: E402
from harness.comparisons import Column  # noqa: E402
from harness.partition_rows import FIRST_FIELD, PARTITIONS, PartitionRows  # noqa: E402

ROWS = PartitionRows()


def test_a_table_partitioned_anew_several_times_is_read_by_all_its_partitions(catalog, client):
    columns = [ROWS.column("c_int"), ROWS.column("c_string")]
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
    column = ROWS.column("c_int")
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
