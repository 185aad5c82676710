"""Every comparison on columns of every type keeps the rows it keeps without statistics, whoever wrote the table."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.expressions import (EqualTo, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan,  # noqa: E402
                                   LessThanOrEqual, NotNull)

from harness import columns_of_all_types, comparisons, iceberg  # noqa: E402
from harness.comparisons import Comparison  # noqa: E402

ROWS = columns_of_all_types.Rows(columns_of_all_types.scalars(nan=False))
COLUMNS = {column.path: column for column in ROWS.every_column()}
EVERY_COLUMN = pytest.mark.parametrize("path", COLUMNS)
# What PyIceberg asks for, and which values stay.
FILTERS = ((EqualTo, "="), (LessThan, "<"), (LessThanOrEqual, "<="), (GreaterThan, ">"), (GreaterThanOrEqual, ">="))


@pytest.fixture(scope="module")
def foreign(catalog):
    """A table of PyIceberg."""
    iceberg.make_table(catalog, "default.foreign", ROWS)
    return "foreign"


@pytest.fixture(scope="module")
def own(client):
    """The same rows by SQL."""
    columns = ", ".join(f"{name} {kind}" for name, kind in ROWS.sql_columns())
    client.run(f"CREATE TABLE own ({columns}) PARTITIONED BY (part)")
    client.run(f"INSERT INTO own VALUES {', '.join(f'({ROWS.sql_row(row)})' for row in range(ROWS.count))}")
    return "own"


@EVERY_COLUMN
def test_a_filter_on_a_table_of_another_writer_keeps_the_right_rows(foreign, client, path):
    asked = comparisons.comparisons(COLUMNS[path])
    assert comparisons.differences(client, foreign, ROWS.values[path], asked) == []


@EVERY_COLUMN
def test_a_filter_on_a_table_made_by_sql_keeps_the_right_rows(own, client, path):
    asked = comparisons.comparisons(COLUMNS[path])
    assert comparisons.differences(client, own, ROWS.values[path], asked) == []


@pytest.mark.parametrize("table", ["foreign", "own"])
def test_lists_maps_and_structs_are_found_by_what_they_hold(request, client, table):
    request.getfixturevalue(table)
    for name, of_row in (("st", ROWS.struct), ("li", ROWS.list), ("ma", ROWS.map)):
        values = [of_row(row) for row in range(ROWS.count)]
        asked = comparisons.presence(name)
        if name != "st":
            asked.append(Comparison(f"cardinality({name}) = 0", lambda v: v is not None and len(v) == 0))
            asked.append(Comparison(f"cardinality({name}) > 1", lambda v: v is not None and len(v) > 1))
        assert comparisons.differences(client, table, values, asked) == []
    assert client.rows(f"SELECT count(*) AS n FROM {table}") == [[ROWS.count]]


@EVERY_COLUMN
def test_another_engine_finds_the_rows_of_a_table_made_by_sql(own, catalog, path):
    table, column = catalog.load_table("default.own"), COLUMNS[path]
    middle, near = column.values[len(column.values) // 2], column.values[-2]
    asked = [(test(path, middle), comparisons.simple(column, operator, middle)) for test, operator in FILTERS]
    nulls, others = comparisons.presence(path)
    asked += [(IsNull(path), nulls), (NotNull(path), others)]
    asked.append((In(path, {near, middle}), comparisons.compound(column, near, middle, middle)[0]))
    wrong = []
    for row_filter, comparison in asked:
        found = sorted(table.scan(row_filter, selected_fields=("id",)).to_arrow()["id"].to_pylist())
        right = comparisons.row_ids(comparisons.kept(ROWS.values[path], comparison))
        if found != right:
            wrong.append((str(row_filter), found, right))
    assert wrong == []
