"""PyIceberg, unmodified, deletes from and replaces rows of tables made and written by SQL; SQL reads the outcome."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")


@pytest.mark.parametrize("parted", ["", "PARTITIONED BY (p)"], ids=["whole", "parted"])
def test_rows_of_sql_are_deleted_and_replaced(client, catalog, parted):
    name = f"changed_{'parted' if parted else 'whole'}"
    client.run(f"CREATE TABLE {name} (n BIGINT, s STRING, p STRING) {parted}")
    for first in (0, 4):
        client.run(f"INSERT INTO {name} SELECT id, concat('京', id), IF(id % 2 = 0, '北', NULL) "
                   f"FROM range({first}, {first + 4})")
    table = catalog.load_table(f"default.{name}")
    table.delete("n = 3")
    assert client.rows(f"SELECT n FROM {name} ORDER BY n") == [[n] for n in range(8) if n != 3]
    table.delete("p = '北' and n < 5")
    assert client.rows(f"SELECT n FROM {name} ORDER BY n") == [[1], [5], [6], [7]]
    table.delete("p is null and n > 100")
    client.run(f"INSERT INTO {name} VALUES (9, 'later', '北')")
    table.refresh().overwrite(pa.table({"n": [9], "s": ["replaced"], "p": ["京"]}), overwrite_filter="n = 9")
    right = [[1, "京1", None], [5, "京5", None], [6, "京6", "北"], [7, "京7", None], [9, "replaced", "京"]]
    assert client.rows(f"SELECT * FROM {name} ORDER BY n") == right
    found = table.refresh().scan("n >= 6").to_arrow().sort_by("n").to_pylist()
    assert [list(row.values()) for row in found] == right[2:]
