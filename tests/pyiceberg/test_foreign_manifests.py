"""What another writer's manifests get wrong is refused by name or mended; no row is lost by it, no worker ends."""
import datetime
import decimal
import struct

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg import types  # noqa: E402
from pyiceberg.exceptions import CommitFailedException, RESTError  # noqa: E402
from pyiceberg.partitioning import PartitionField, PartitionSpec  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform,  # noqa: E402
                                  MonthTransform, YearTransform)

from harness import comparisons, forged_commits  # noqa: E402
from harness.comparisons import Column  # noqa: E402

INT, STRING, DECIMAL, STRUCT, LIST = 2, 3, 4, 5, 6
SCHEMA = Schema(types.NestedField(1, "id", types.LongType()), types.NestedField(INT, "n", types.IntegerType()),
                types.NestedField(STRING, "s", types.StringType()),
                types.NestedField(DECIMAL, "d", types.DecimalType(9, 2)),
                types.NestedField(STRUCT, "st", types.StructType(types.NestedField(7, "x", types.IntegerType()))),
                types.NestedField(LIST, "li", types.ListType(8, types.IntegerType(), element_required=False)))
D = decimal.Decimal
ROWS = [{"id": 0, "n": 1, "s": "a", "d": D("-5.00"), "st": {"x": 1}, "li": [1]},
        {"id": 1, "n": 5, "s": "北京市朝阳区", "d": D("3.00"), "st": None, "li": None},
        {"id": 2, "n": None, "s": None, "d": None, "st": {"x": None}, "li": []}]
ASKED = {"n": comparisons.comparisons(Column("n", "INT", (1, 5), (3, 9))),
         "s": comparisons.comparisons(Column("s", "STRING", ("a", "北京市朝阳区"), ("m", "北"))),
         "d": comparisons.comparisons(Column("d", "DECIMAL(9,2)", (D("-5.00"), D("3.00")), (D("0.00"),))),
         "st": comparisons.presence("st"), "li": comparisons.presence("li")}
LOWER, UPPER, VALUES, NULLS, NANS = 10, 11, 7, 8, 9          # places in a data file's record


def number(value):
    return struct.pack("<i", value)


def bounds(field, lower, upper):
    def change(file):
        for place, value in ((LOWER, lower), (UPPER, upper)):
            file._data[place] = {key: old for key, old in (file._data[place] or {}).items() if key != field}
            if value is not None:
                file._data[place][field] = value
    return change


def counts(field, values, nulls):
    def change(file):
        file._data[VALUES] = {**file._data[VALUES], field: values}
        file._data[NULLS] = {**file._data[NULLS], field: nulls}
    return change


def nothing(file):
    for place in (LOWER, UPPER, VALUES, NULLS, NANS):
        file._data[place] = None


FAULTS = {
    "numbers_the_wrong_way_round": bounds(INT, number(5), number(1)),
    "texts_the_wrong_way_round": bounds(STRING, "北".encode(), b"a"),
    "a_lower_bound_cut_inside_a_character": bounds(STRING, "北京".encode()[:5], "北京市朝阳区".encode()),
    "an_upper_bound_cut_inside_a_character": bounds(STRING, b"a", "北京市朝阳区".encode()[:16]),
    "empty_bounds_of_texts": bounds(STRING, b"", b""),
    "a_number_of_three_bytes": bounds(INT, b"\1\0\0", b"\5\0\0"),
    "a_number_of_eight_bytes": bounds(INT, struct.pack("<q", 1), struct.pack("<q", 5)),
    "a_decimal_of_five_bytes": bounds(DECIMAL, (-500).to_bytes(5, "big", signed=True), (300).to_bytes(5, "big")),
    "a_decimal_of_twenty_bytes": bounds(DECIMAL, (-500).to_bytes(20, "big", signed=True), (300).to_bytes(20, "big")),
    "lower_bounds_alone": bounds(INT, number(1), None),
    "upper_bounds_alone": bounds(INT, None, number(5)),
    "no_statistics": nothing,
    "a_struct_counted_as_null": counts(STRUCT, 3, 3),
    "a_list_counted_as_null": counts(LIST, 3, 3),
    "fewer_values_than_rows": counts(INT, 1, 1),
    "less_than_no_nulls": counts(INT, 3, -1),
    "more_nulls_than_values": counts(INT, 3, 4)}


def make(catalog, name, spec=None, **properties):
    more = {"partition_spec": spec} if spec else {}
    return catalog.create_table(f"default.{name}", SCHEMA, properties=properties, **more)


def refused_or_right(client, name, commit):
    """The rows after a commit that may be refused, if what is wrong is named."""
    try:
        commit()
    except (RESTError, CommitFailedException) as refusal:
        assert any(word in str(refusal) for word in ("bound", "count", "codec", "partition")), refusal
        return
    for column, asked in ASKED.items():
        assert comparisons.differences(client, name, [row[column] for row in ROWS], asked) == []
    assert client.rows(f"SELECT count(*) AS n FROM {name}") == [[len(ROWS)]]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_row_is_lost_by(client, catalog, fault):
    table = make(catalog, fault)
    refused_or_right(client, fault, lambda: forged_commits.append(table, ROWS, FAULTS[fault]))


@pytest.mark.parametrize("rows", [0, 7])
def test_rows_are_counted_by_the_files_and_not_by_the_list_of_manifests(client, catalog, rows):
    def change(manifest):
        manifest._data[10] = rows
    table = make(catalog, f"counted_{rows}")
    refused_or_right(client, f"counted_{rows}", lambda: forged_commits.append(table, ROWS, change_manifest=change))


@pytest.mark.parametrize("codec", ["null", "gzip", "bzip2", "zstandard"])
def test_manifests_packed_by_any_codec_are_read(client, catalog, codec):
    name = f"packed_{codec}"
    table = make(catalog, name, **{"write.avro.compression-codec": codec})
    refused_or_right(client, name, lambda: forged_commits.append(table, ROWS))


def test_a_partition_without_its_value_is_refused(client, catalog):
    spec = PartitionSpec(PartitionField(INT, 1000, IdentityTransform(), "n"))
    table = make(catalog, "nulled", spec)

    def change(file):
        file.partition._data[0] = None
    refused_or_right(client, "nulled", lambda: forged_commits.append(table, ROWS, change))


# What older releases of other writers put into partitions.

def test_a_time_before_1970_that_was_rounded_up_is_found(client, catalog):
    times = [datetime.datetime(1969, 12, 31, 23, 30), datetime.datetime(1970, 1, 1, 0, 30), None]
    column = Column("t", "TIMESTAMP_NTZ", tuple(times[:2]), (datetime.datetime(1969, 12, 31, 23, 45),))
    for transform in (YearTransform(), MonthTransform(), DayTransform(), HourTransform()):
        schema = Schema(types.NestedField(1, "id", types.LongType()), types.NestedField(2, "t", types.TimestampType()))
        table = catalog.create_table(f"default.rounded_{transform}", schema, partition_spec=PartitionSpec(
            PartitionField(2, 1000, transform, "p")))

        def change(file):
            if file.partition[0] == -1:
                file.partition._data[0] = 0
        rows = [{"id": n, "t": time} for n, time in enumerate(times)]
        forged_commits.append(table, rows, change)
        asked = comparisons.comparisons(column)
        assert comparisons.differences(client, f"rounded_{transform}", times, asked) == []


def test_a_decimal_in_the_bucket_of_an_older_release_is_found(client, catalog):
    schema = Schema(types.NestedField(1, "id", types.LongType()), types.NestedField(2, "d", types.DecimalType(4, 2)))
    table = catalog.create_table("default.buckets", schema, partition_spec=PartitionSpec(
        PartitionField(2, 1000, BucketTransform(5), "p")))

    def change(file):
        file.partition._data[0] = 2              # of -1.28 and of 1.28 without its sign byte, which belongs to 4
    values = [D("1.28")]
    forged_commits.append(table, [{"id": 0, "d": values[0]}], change)
    asked = comparisons.comparisons(Column("d", "DECIMAL(4,2)", tuple(values)))
    assert comparisons.differences(client, "buckets", values, asked) == []


# Rows that others delete.

def test_equality_deletes_are_refused_by_name(client, catalog):
    table = make(catalog, "gone")
    forged_commits.append(table, ROWS)
    with pytest.raises(RESTError, match="equality deletes are not supported"):
        forged_commits.delete(table, forged_commits.equality_deletes(table, [{"n": 1}]))
    assert client.rows("SELECT id FROM gone ORDER BY id") == [[0], [1], [2]]


def test_a_position_delete_removes_its_row(client, catalog):
    table = make(catalog, "positions")
    forged_commits.append(table, ROWS)
    path = table.inspect.files()["file_path"].to_pylist()[0]
    forged_commits.delete(table, forged_commits.position_deletes(table, [(path, 1)]))
    assert client.rows("SELECT id FROM positions ORDER BY id") == [[0], [2]]
    assert client.rows("SELECT count(*) AS n FROM positions") == [[2]]


# Types and values.

@pytest.mark.parametrize("kind", [types.FixedType(4), types.UUIDType(), types.TimeType()], ids=str)
def test_types_that_cannot_be_kept_are_refused_by_name(catalog, kind):
    with pytest.raises(RESTError, match=str(kind).split("[")[0]):
        catalog.create_table(f"default.of_{type(kind).__name__.lower()}", Schema(types.NestedField(1, "v", kind)))


def test_a_value_out_of_the_range_of_its_type_is_named(client, catalog):
    client.run("CREATE TABLE small (id BIGINT, v TINYINT)")
    table = catalog.load_table("default.small")
    table.append(pa.Table.from_pylist([{"id": 1, "v": 300}], schema=table.schema().as_arrow()))
    document = client.wait(client.submit("SELECT * FROM small"))
    assert document["status"] == "FAILED"
    assert "DLI.0018" in str(document) and "300" in str(document) and "v" in str(document["message"])


def test_a_struct_of_null_above_a_map_is_a_row(client):
    client.run("CREATE TABLE maps (st STRUCT<m: MAP<STRING, INT>>)")
    client.run("INSERT INTO maps SELECT CAST(NULL AS STRUCT<m: MAP<STRING, INT>>)")
    assert client.rows("SELECT count(*) AS n FROM maps WHERE st IS NULL") == [[1]]
