"""Texts of every script that SQL wrote are found by us and by another engine."""
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.expressions import EqualTo, GreaterThanOrEqual, StartsWith  # noqa: E402

from harness import comparisons, texts  # noqa: E402
from harness.comparisons import literal  # noqa: E402

ROWS = texts.Rows()


@pytest.fixture(scope="module", params=texts.SCRIPTS)
def script(request, client):
    """A table of its own, so that one script's fault is not another's."""
    name = request.param
    client.run(f"CREATE TABLE t_{name} (id BIGINT, {name} STRING, part INT) PARTITIONED BY (part)")
    values = enumerate(ROWS.values[name])
    rows = (f"({row}, {literal(value, 'STRING')}, {comparisons.part_of(row)})" for row, value in values)
    client.run(f"INSERT INTO t_{name} VALUES {', '.join(rows)}")
    return name


def test_a_text_is_found(client, script):
    assert comparisons.differences(client, f"t_{script}", ROWS.values[script], ROWS.asked(script)) == []


def test_another_engine_finds_a_text(client, catalog, script):
    table, values = catalog.load_table(f"default.t_{script}"), ROWS.values[script]
    wrong = []
    for length in (0, 1, 5, 6, 16, 17, 40):
        text = texts.text(script, length)
        for row_filter, keeps in ((EqualTo(script, text), lambda v, t=text: v == t),
                                  (GreaterThanOrEqual(script, text), lambda v, t=text: v is not None and v >= t),
                                  (StartsWith(script, text), lambda v, t=text: v is not None and v.startswith(t))):
            found = sorted(table.scan(row_filter, selected_fields=("id",)).to_arrow()["id"].to_pylist())
            right = [row for row, value in enumerate(values) if keeps(value)]
            if found != right:
                wrong.append((str(row_filter), found, right))
    assert wrong == []
