"""NaN is above every number in every comparison, whoever wrote the table and whatever its bounds say."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from harness import columns_of_all_types, comparisons, iceberg  # noqa: E402

ROWS = columns_of_all_types.Rows([one for one in columns_of_all_types.scalars()
                                  if "loa" in one.path or "oub" in one.path])
COLUMNS = {column.path: column for column in ROWS.every_column()}
TABLES = ["foreign", "own"]


@pytest.fixture(scope="module", params=TABLES)
def table(request, client, catalog):
    if request.param == "foreign":
        iceberg.make_table(catalog, "default.foreign", ROWS)
        return "foreign"
    client.run(f"CREATE TABLE own ({', '.join(' '.join(one) for one in ROWS.sql_columns())}) PARTITIONED BY (part)")
    client.run(f"INSERT INTO own VALUES {', '.join(f'({ROWS.sql_row(row)})' for row in range(ROWS.count))}")
    return "own"


@pytest.mark.parametrize("path", COLUMNS)
def test_a_filter_on_numbers_and_nan_keeps_the_right_rows(table, client, path):
    assert comparisons.differences(client, table, ROWS.values[path], comparisons.comparisons(COLUMNS[path])) == []


@pytest.mark.parametrize("path", [path for path in COLUMNS if not path.startswith("st.")])
def test_a_join_finds_nan(table, client, path):
    nan = comparisons.literal(comparisons.NAN, COLUMNS[path].sql_type)
    joined = f"SELECT count(*) AS n FROM {table} JOIN (SELECT {nan} AS k) k ON {table}.{path} = k.k"
    right = sum(1 for value in ROWS.values[path] if value is not None and value != value)
    assert right > 0 and client.rows(joined) == [[right]]


def test_a_file_of_one_number_and_nan_is_not_passed_over(client, catalog):
    rows = pa.table({"id": [0, 1, 2], "v": [1.0, comparisons.NAN, None]})
    catalog.create_table("default.pair", rows.schema).append(rows)
    column = comparisons.Column("v", "DOUBLE", (1.0, comparisons.NAN), (5.0,))
    assert comparisons.differences(client, "pair", [1.0, comparisons.NAN, None], comparisons.comparisons(column)) == []
