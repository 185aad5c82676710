"""What another writer's manifests get wrong is refused by name or mended; no row is lost by it, no worker ends."""
import decimal
import struct

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg import types  # noqa: E402
from pyiceberg.exceptions import CommitFailedException, RESTError  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402

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
    "a_decimal_of_twenty_bytes": bounds(DECIMAL, (-500).to_bytes(20, "big", signed=True), (300).to_bytes(20, "big")),
    "lower_bounds_alone": bounds(INT, number(1), None),
    "upper_bounds_alone": bounds(INT, None, number(5)),
    "no_statistics": nothing,
    "less_than_no_nulls": counts(INT, 3, -1)}


def make(catalog, name, **properties):
    return catalog.create_table(f"default.{name}", SCHEMA, properties=properties)


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


@pytest.mark.parametrize("codec", ["null", "gzip"])
def test_manifests_packed_by_any_codec_are_read(client, catalog, codec):
    name = f"packed_{codec}"
    table = make(catalog, name, **{"write.avro.compression-codec": codec})
    refused_or_right(client, name, lambda: forged_commits.append(table, ROWS))


# Rows that others delete.

PAIRS = [(1, "a"), (1, None), (None, "a"), (None, None), (2, "b")]


@pytest.mark.parametrize("names, gone", [(["n"], [(None,)]), (["n", "s"], [(None, None)])])
def test_an_equality_delete_removes_what_equals_it(client, catalog, names, gone):
    name = "gone_" + "_".join(names)
    table = make(catalog, name)
    rows = [{"id": n, "n": number_, "s": text, "d": None, "st": None, "li": None}
            for n, (number_, text) in enumerate(PAIRS)]
    forged_commits.append(table, rows)
    deletes = [dict(zip(names, one, strict=True)) for one in gone]
    forged_commits.delete(table, forged_commits.equality_deletes(table, deletes))
    left = [[row["id"]] for row in rows if {key: row[key] for key in names} not in deletes]
    assert client.rows(f"SELECT id FROM {name} ORDER BY id") == left
    assert client.rows(f"SELECT count(*) AS n FROM {name}") == [[len(left)]]


def test_a_position_delete_removes_its_row(client, catalog):
    table = make(catalog, "positions")
    forged_commits.append(table, ROWS)
    path = table.inspect.files()["file_path"].to_pylist()[0]
    forged_commits.delete(table, forged_commits.position_deletes(table, [(path, 1)]))
    assert client.rows("SELECT id FROM positions ORDER BY id") == [[0], [2]]
    assert client.rows("SELECT count(*) AS n FROM positions") == [[2]]


# Types and values.

@pytest.mark.parametrize("kind", [types.UUIDType(), types.TimeType()], ids=str)
def test_types_that_cannot_be_kept_are_refused_by_name(catalog, kind):
    with pytest.raises(RESTError, match=str(kind).split("[")[0]):
        catalog.create_table(f"default.of_{type(kind).__name__.lower()}", Schema(types.NestedField(1, "v", kind)))
